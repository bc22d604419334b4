import { useMutation } from '@tanstack/react-query'
import { useRef } from 'react'
import { Fault } from '../../data/api.ts'
import { useApi } from '../../data/context.tsx'
import { useDeadline } from '../../parts/use-deadline.ts'

const THROTTLE_DEFAULT_S = 60

/** Sends a link once, however often it is pressed: an address keeps its key until the server has answered. */
export function useMailing(paper: string, onSent: (to: string) => void) {
  const api = useApi()
  const made = useRef({ email: '', key: '' })
  const throttle = useDeadline(null)
  const mail = useMutation({
    mutationFn: (email: string) => {
      if (made.current.email !== email) made.current = { email, key: crypto.randomUUID() }
      return api.mailPaper(paper, { email, key: made.current.key })
    },
    onSuccess: ({ to }) => {
      onSent(to)
    },
    onError: (error) => {
      if (error instanceof Fault && error.status === 429) throttle.start(error.retryAfterS ?? THROTTLE_DEFAULT_S)
    },
  })
  const waits = throttle.left !== null && throttle.left > 0
  return { mail, fault: mail.error instanceof Fault ? mail.error : null, wait: waits ? throttle.left : null }
}

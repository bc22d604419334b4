import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useLocation } from 'wouter'
import { Fault } from '../../data/api.ts'
import { useApi } from '../../data/context.tsx'
import { keys } from '../../data/queries.ts'
import type { PaperWish } from '../../data/types.ts'
import { useDeadline } from '../../parts/use-deadline.ts'

const THROTTLE_DEFAULT_S = 60

/** Asks for a document of an account and goes to its page, in the form's place. */
export function useAsking(account: string) {
  const api = useApi()
  const client = useQueryClient()
  const [, navigate] = useLocation()
  const throttle = useDeadline(null)
  const ask = useMutation({
    mutationFn: (wish: PaperWish) => api.askPaper(account, wish),
    onSuccess: ({ id }) => {
      // The list as it was a document ago is no longer worth a look: a row in its place could be taken for the new one.
      client.removeQueries({ queryKey: keys.papers(account) })
      navigate(`/documents/${id}`)
    },
    onError: (error) => {
      if (error instanceof Fault && error.status === 429) throttle.start(error.retryAfterS ?? THROTTLE_DEFAULT_S)
    },
  })
  const waits = throttle.left !== null && throttle.left > 0
  return { ask, fault: ask.error instanceof Fault ? ask.error : null, wait: waits ? throttle.left : null }
}

export type Asking = ReturnType<typeof useAsking>

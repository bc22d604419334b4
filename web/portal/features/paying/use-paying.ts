import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRef } from 'react'
import { useLocation } from 'wouter'
import { useView } from '../../../kit/view/view-store.ts'
import { Fault } from '../../data/api.ts'
import { useApi } from '../../data/context.tsx'
import { keys } from '../../data/queries.ts'
import type { PayWish, Started, Wish } from '../../data/types.ts'
import { useDeadline } from '../../parts/use-deadline.ts'

const THROTTLE_DEFAULT_S = 60

type Bare = Omit<PayWish, 'key' | 'locale'>

/** What is not found when a kept card pays is the card: accounts stand on the page. */
function aboutCard(fault: Fault, wish: Bare | undefined): Fault {
  return fault.status === 404 && wish?.card ? new Fault(404, { code: 'card-gone' }) : fault
}

interface Action {
  key: string
  locale: Wish['locale']
}

/** Begins a payment of the signed-in customer. */
export function usePaying() {
  const api = useApi()
  const { begin, fault, wait } = useBeginning<Bare>((wish) => api.pay(wish), (id) => `/payments/${id}`)
  return { begin, fault: fault && aboutCard(fault, begin.variables), wait }
}

/**
 * Begins a payment once, however often it is asked: the same wish has the same key until the server has answered, so a
 * second press or an answer that was lost on the way is the same payment; another amount is another wish.
 */
export function useBeginning<What extends object>(send: (wish: What & Action) => Promise<Started>, pageOf: (id: string) => string) {
  const client = useQueryClient()
  const [, navigate] = useLocation()
  const { language } = useView()
  const made = useRef({ wish: '', key: '' })
  const throttle = useDeadline(null)
  const keyOf = (bare: What) => {
    const wish = JSON.stringify(bare)
    if (made.current.wish !== wish) made.current = { wish, key: crypto.randomUUID() }
    return made.current.key
  }
  const begin = useMutation({
    mutationFn: (bare: What) => send({ ...bare, key: keyOf(bare), locale: language }),
    onSuccess: ({ id }) => {
      void client.invalidateQueries({ queryKey: keys.payCards })
      client.setQueryData(keys.leaving, id)
      // In the form's place: whoever comes back finds the payment and not a form that would pay once more.
      navigate(pageOf(id), { replace: true })
    },
    onError: (error) => {
      if (!(error instanceof Fault)) return
      if (error.code === 'key-taken') made.current = { wish: '', key: '' }
      if (error.status === 404 || error.code === 'card-expired') void client.invalidateQueries({ queryKey: keys.payCards })
      if (error.code === 'unknown-method') void client.invalidateQueries({ queryKey: keys.payMethods })
      if (error.status === 429) throttle.start(error.retryAfterS ?? THROTTLE_DEFAULT_S)
    },
  })
  const waits = throttle.left !== null && throttle.left > 0
  return {
    begin,
    fault: begin.error instanceof Fault ? begin.error : null,
    wait: waits ? throttle.left : null,
  }
}

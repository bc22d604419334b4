import { useQuery } from '@tanstack/react-query'
import { useClock } from '../../kit/time/clock.tsx'
import { useApi } from './context.tsx'
import { keys } from './queries.ts'
import type { OpenPayment, Payment } from './types.ts'

const SOONEST_MS = 500
const SLOWEST_MS = 15_000
const PART = 4

/** When to ask again after so long a wait: a quarter of it more, so that an hour costs no more than a moment. */
export function nextAskMs(waitedMs: number): number {
  return Math.min(Math.max(waitedMs / PART, SOONEST_MS), SLOWEST_MS)
}

/** How much of a payment went back to the payer, by the company or by his bank. */
export function returned(payment: Payment): 'none' | 'part' | 'whole' {
  if (payment.returns.length === 0) return 'none'
  const isWhole = payment.refunded === payment.amount || payment.returns.some(({ amount }) => amount === payment.amount)
  return isWhole ? 'whole' : 'part'
}

/** Whether a payment still goes on by itself, so that its page has something to wait for. */
export function isUnderWay(payment: Payment | OpenPayment): boolean {
  if (payment.state === 'confirmed') return !('returns' in payment) || returned(payment) !== 'whole'
  return payment.state === 'accepted'
}

export function usePayMethods() {
  const api = useApi()
  return useQuery({ queryKey: keys.payMethods, queryFn: ({ signal }) => api.payMethods(signal) })
}

/** The cards that are kept, as they are when one looks: a payment may just have brought one. */
export function usePayCards() {
  const api = useApi()
  return useQuery({ queryKey: keys.payCards, queryFn: ({ signal }) => api.payCards(signal), refetchOnMount: 'always' })
}

/** Rules of auto-payment, as they are when one looks. */
export function useAutopay() {
  const api = useApi()
  return useQuery({ queryKey: keys.autopay, queryFn: ({ signal }) => api.autopay(signal), refetchOnMount: 'always' })
}

/** The latest payments, as they are when one looks. */
export function usePayments() {
  const api = useApi()
  return useQuery({ queryKey: keys.payments, queryFn: ({ signal }) => api.payments(signal), refetchOnMount: 'always' })
}

/** One payment, asked for again until nothing more is to be expected; and whenever its page comes into sight. `since`:
 * when something last happened to it here (milliseconds). */
export function usePayment(id: string, since: number) {
  const api = useApi()
  const clock = useClock()
  return useQuery({
    queryKey: keys.payment(id),
    queryFn: ({ signal }) => api.payment(id, signal),
    refetchOnMount: 'always',
    refetchOnWindowFocus: 'always',
    refetchInterval: ({ state }) =>
      state.data && isUnderWay(state.data) ? nextAskMs(clock() - since) : false,
  })
}

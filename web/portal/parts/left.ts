/** When this tab left for the payment system with a payment, and when it came back: this tab alone keeps it. */
const PREFIX = 'okno.left.'
const AWAY = 'away'

/** The tab leaves with it now. */
export function keepLeft(payment: string): void {
  sessionStorage.setItem(PREFIX + payment, AWAY)
}

/** It has not left after all, or begins anew. */
export function forgetLeft(payment: string): void {
  sessionStorage.removeItem(PREFIX + payment)
}

/** When it was first seen to be back (milliseconds), `now` if it is only now; null for a payment that it never left with. */
export function backSince(payment: string, now: number): number | null {
  const kept = sessionStorage.getItem(PREFIX + payment)
  if (kept === null) return null
  if (kept !== AWAY) return Number(kept)
  sessionStorage.setItem(PREFIX + payment, String(now))
  return now
}

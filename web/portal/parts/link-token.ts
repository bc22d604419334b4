/** The token of a link whose payer has left for the payment system: this tab alone keeps it, for another try. */
const PREFIX = 'okno.link.'

export function keepToken(payment: string, token: string): void {
  sessionStorage.setItem(PREFIX + payment, token)
}

export function tokenOf(payment: string): string | null {
  return sessionStorage.getItem(PREFIX + payment)
}

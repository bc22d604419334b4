import type { PayMethod } from '../data/types.ts'

const PHONE_DIGITS = 10

/** What a receipt's address looks like here; whether it is one, the server decides. */
export function isContact(typed: string, kinds: PayMethod['receipt']): boolean {
  const text = typed.trim()
  if (text.includes('@')) return kinds.includes('email') && /^\S+@\S+\.\S{2,}$/u.test(text)
  return kinds.includes('phone') && text.replaceAll(/\D/gu, '').length >= PHONE_DIGITS
}

import { addAmounts, toThousandths } from '../../../kit/money/amount.ts'
import { decimalsOf } from '../../../kit/money/typed.ts'
import type { PayMethod } from '../../data/types.ts'

const WHOLE_BPS = 10_000n
const PERCENT_TO_BPS = 100n / 10n

/** What the payer gives on top of an amount: its part, rounded up to a whole kopeck, at least the least fee. */
export function feeOf(method: PayMethod, amount: string): string {
  const unit = 10n ** BigInt(3 - decimalsOf(method.currency))
  const bps = toThousandths(method.fee_percent) / PERCENT_TO_BPS
  const part = ((toThousandths(amount) / unit) * bps + WHOLE_BPS - 1n) / WHOLE_BPS
  const least = toThousandths(method.fee_least) / unit
  return inUnits(part > least ? part : least, method.currency)
}

/** Minor units as a decimal string. */
export function inUnits(minor: bigint, currency: string): string {
  const decimals = decimalsOf(currency)
  const digits = String(minor).padStart(decimals + 1, '0')
  return decimals ? `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}` : digits
}

export function totalOf(amounts: readonly string[]): string {
  return amounts.reduce(addAmounts, '0')
}

/** Which limit of the method an amount is beyond. */
export function beyond(method: PayMethod, amount: string): 'least' | 'most' | null {
  const size = toThousandths(amount)
  if (size < toThousandths(method.least)) return 'least'
  return size > toThousandths(method.most) ? 'most' : null
}

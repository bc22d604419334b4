/**
 * Amounts as they cross the wire: decimal strings with a currency ("-1234.50", "RUB"). JavaScript never holds one as a
 * float: sums go through BigInt, printing goes through Intl, which formats decimal strings exactly.
 */
export interface Sum {
  amount: string
  currency: string
}

export interface AmountParts {
  /** Digits before the kopecks, grouped by no-break spaces. */
  whole: string
  /** Decimal mark and kopecks, empty for a currency without them. */
  fraction: string
  currency: string
  /** Whether the currency stands before the digits (English). */
  currencyFirst: boolean
}

// Three decimals at most: the dinars of ISO 4217 have them, no currency has more.
const DECIMAL = /^(-?)(\d+)(?:\.(\d{1,3}))?$/
const UNSIGNED = /^\d+(?:\.\d{1,3})?$/
const DECIMALS_MAX = 3
const NBSP = '\u00a0'
export const MINUS = '\u2212'

export type Sign = -1 | 0 | 1

type Decimal = `${number}`

function isDecimal(text: string): text is Decimal {
  return UNSIGNED.test(text)
}

/** The amount without its sign, as Intl takes it. */
function sizeOf(amount: string): Decimal {
  const size = amount.startsWith('-') ? amount.slice(1) : amount
  if (!isDecimal(size)) throw new RangeError(`not an amount: ${JSON.stringify(amount)}`)
  return size
}

function match(amount: string): { negative: boolean; whole: string; fraction: string } {
  const found = DECIMAL.exec(amount)
  if (!found) throw new RangeError(`not an amount: ${JSON.stringify(amount)}`)
  return { negative: found[1] === '-', whole: found[2] ?? '', fraction: found[3] ?? '' }
}

/** Thousandths of the currency's unit, exactly: "12.30" -> 12300n. Anything but a decimal string throws RangeError. */
export function toThousandths(amount: string): bigint {
  const { negative, whole, fraction } = match(amount)
  const size = BigInt(whole + fraction.padEnd(DECIMALS_MAX, '0'))
  return negative ? -size : size
}

/** The sum, with as many decimals as the longer of the two: "1.50" + "-2" -> "-0.50". */
export function addAmounts(first: string, second: string): string {
  const decimals = Math.max(match(first).fraction.length, match(second).fraction.length)
  const sum = toThousandths(first) + toThousandths(second)
  const digits = String(sum < 0n ? -sum : sum).padStart(DECIMALS_MAX + 1, '0')
  const fraction = digits.slice(-DECIMALS_MAX).slice(0, decimals)
  return `${sum < 0n ? '-' : ''}${digits.slice(0, -DECIMALS_MAX)}${fraction ? `.${fraction}` : ''}`
}

/** The same amount with the other sign. */
export function negated(amount: string): string {
  if (signOf(amount) === 0) return amount
  return amount.startsWith('-') ? amount.slice(1) : `-${amount}`
}

export function signOf(amount: string): Sign {
  const size = toThousandths(amount)
  return size > 0n ? 1 : size < 0n ? -1 : 0
}

const formats = new Map<string, Intl.NumberFormat>()

function formatOf(locale: string, currency: string): Intl.NumberFormat {
  const key = `${locale} ${currency}`
  let format = formats.get(key)
  if (!format) {
    format = new Intl.NumberFormat(locale === 'ru' ? 'ru-RU' : 'en-GB', {
      style: 'currency',
      currency,
      currencyDisplay: 'narrowSymbol',
      useGrouping: 'always',
    })
    formats.set(key, format)
  }
  return format
}

/** The size of an amount in parts, so that kopecks can be set smaller. Its sign is the caller's to show. */
export function amountParts({ amount, currency }: Sum, locale: string): AmountParts {
  const parts = formatOf(locale, currency).formatToParts(sizeOf(amount))
  const join = (types: string[]) =>
    parts
      .filter((part) => types.includes(part.type))
      .map((part) => part.value)
      .join('')
  return {
    whole: join(['integer', 'group']).replaceAll(/\s/gu, NBSP),
    fraction: join(['decimal', 'fraction']),
    currency: join(['currency']),
    currencyFirst: parts[0]?.type === 'currency',
  }
}

/** The size of an amount as one line with no-break spaces: "1 234,50 ₽". */
export function amountText(sum: Sum, locale: string): string {
  const parts = amountParts(sum, locale)
  const digits = parts.whole + parts.fraction
  return parts.currencyFirst ? parts.currency + digits : digits + NBSP + parts.currency
}

import { plainMarks } from '../controls/plain-marks.ts'

/** An amount as a person types it, read without guessing: what could be meant in two ways is asked again. */
export type Typed = { amount: string } | { wrong: 'empty' | 'unreadable' | 'decimals' | 'nothing' | 'too-large' }

const DIGITS_MAX = 12
const AROUND = /^\+|(?:₽|руб\.?|р\.?)$/giu
const NUMBER = /^(\d*)(?:\.(\d*))?$/u

/** How many digits a currency has behind the mark. */
export function decimalsOf(currency: string): number {
  return new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2
}

/**
 * "1 234,5", "1234.50", "1 234 ₽" and "1,234.50" are the same amount as on the wire ("1234.50"). Of two kinds of marks
 * the last parts the kopecks; a mark that stands alone always does, so "1.234" is refused and not taken for a thousand.
 */
export function readTyped(text: string, currency: string): Typed {
  const bare = plainMarks(text).replaceAll(/\s/gu, '').replaceAll(AROUND, '').replaceAll('\u2212', '-')
  if (bare === '') return { wrong: 'empty' }
  if (/^-[\d.,]+$/u.test(bare)) return { wrong: 'nothing' }
  const found = NUMBER.exec(withOneMark(bare))
  const [whole, fraction] = [found?.[1] ?? '', found?.[2] ?? '']
  if (!found || whole + fraction === '') return { wrong: 'unreadable' }
  const decimals = decimalsOf(currency)
  if (fraction.length > decimals) return { wrong: 'decimals' }
  const size = whole.replace(/^0+(?=\d)/u, '') || '0'
  if (size.length > DIGITS_MAX) return { wrong: 'too-large' }
  if (/^0*$/u.test(size + fraction)) return { wrong: 'nothing' }
  return { amount: decimals ? `${size}.${fraction.padEnd(decimals, '0')}` : size }
}

/** The mark of the kopecks as a point, and the marks of thousands away where they stand as such. */
function withOneMark(text: string): string {
  const last = Math.max(text.lastIndexOf(','), text.lastIndexOf('.'))
  if (last === -1) return text
  const [whole, mark] = [text.slice(0, last), text[last] ?? '']
  const grouped = mark === ',' ? /^\d{1,3}(?:\.\d{3})+$/u : /^\d{1,3}(?:,\d{3})+$/u
  return `${grouped.test(whole) ? whole.replaceAll(/[.,]/gu, '') : whole}.${text.slice(last + 1)}`
}

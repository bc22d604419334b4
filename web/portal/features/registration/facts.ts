import { plainMarks } from '../../../kit/controls/plain-marks.ts'
import type { FactKind } from '../../data/types.ts'

/** What was typed on the first screen. It lives in the page's memory alone, so that a way back costs no typing. */
export interface Typed {
  number: string
  fact: FactKind
  value: string
}

/** Digits of day, month and year. */
const WIDTHS = [2, 2, 4] as const

/** Dots come by themselves while a date is typed on a keyboard of digits: "05111980" reads "05.11.1980". */
export function dayTyped(typed: string): string {
  const text = plainMarks(typed)
  if (/[^\d.]/u.test(text)) return text
  const parts = ['']
  for (const sign of text) {
    const last = parts.length - 1
    const part = parts[last] ?? ''
    const isFull = part.length === WIDTHS[last]
    if (sign !== '.' && !isFull) parts[last] = part + sign
    else if (part !== '' && parts.length < WIDTHS.length) parts.push(sign === '.' ? '' : sign)
  }
  return parts.join('.')
}

import { dayOf } from '../../../kit/time/people-time.ts'

/** Periods that a document is asked for: whole days in the contract's zone, both ends in. */
export type Preset = 'last-month' | 'month' | 'three-months' | 'year' | 'last-year' | 'own'

export interface Days {
  first: string
  last: string
}

export type Wrong = 'no-first' | 'no-last' | 'backwards' | 'future' | 'too-long'

const DAY_MS = 86_400_000
/** As the server has it: a leap year. */
export const DAYS_MAX = 366

function day(year: number, month: number, date: number): string {
  return new Date(Date.UTC(year, month, date)).toISOString().slice(0, 10)
}

/** The days of a preset, up to today. */
export function daysOf(preset: Exclude<Preset, 'own'>, now: number): Days {
  const today = dayOf(now)
  const [year = 0, number = 0] = today.split('-').map(Number)
  const month = number - 1
  switch (preset) {
    case 'last-month':
      return { first: day(year, month - 1, 1), last: day(year, month, 0) }
    case 'month':
      return { first: day(year, month, 1), last: today }
    case 'three-months':
      return { first: day(year, month - 3, 1), last: day(year, month, 0) }
    case 'year':
      return { first: day(year, 0, 1), last: today }
    case 'last-year':
      return { first: day(year - 1, 0, 1), last: day(year, 0, 0) }
  }
}

/** What is wrong with days of one's own; null when they can be asked for. */
export function wrongOf({ first, last }: Days, now: number): Wrong | null {
  if (!first) return 'no-first'
  if (!last) return 'no-last'
  if (last < first) return 'backwards'
  if (first > dayOf(now)) return 'future'
  return (Date.parse(last) - Date.parse(first)) / DAY_MS >= DAYS_MAX ? 'too-long' : null
}

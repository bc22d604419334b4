/** Times as people say them: «сегодня в 12:04», «вчера в 9:30», «20 ноября», «3 декабря 2025 г.» */

/** The zone of the contract, not of the browser: a bill due on the 25th is due on the 25th where the company is. */
export const ZONE = 'Europe/Moscow'

const DAY_MS = 86_400_000

/** By language; the calendar's own writes days as ISO 8601 does. */
const LOCALES: Partial<Record<string, string>> = { ru: 'ru-RU', calendar: 'sv-SE' }

// To make a format costs a hundred times what it costs to use one, and a page of operations uses it for each row.
const formats = new Map<string, Intl.DateTimeFormat>()

function format(locale: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = JSON.stringify([locale, options])
  const known = formats.get(key)
  if (known) return known
  const made = new Intl.DateTimeFormat(LOCALES[locale] ?? 'en-GB', { timeZone: ZONE, ...options })
  formats.set(key, made)
  return made
}

/** The calendar day of an instant in the contract's zone, as "2026-11-22". */
export function dayOf(at: number | string): string {
  return format('calendar', { dateStyle: 'short' }).format(new Date(at))
}

export type NearDay = 'today' | 'yesterday' | 'far'

/** How near a calendar day lies to now. */
export function nearDay(day: string, now: number): NearDay {
  if (day === dayOf(now)) return 'today'
  return day === dayOf(now - DAY_MS) ? 'yesterday' : 'far'
}

/** "12:04". */
export function clockText(at: number | string, locale: string): string {
  return format(locale, { hour: 'numeric', minute: '2-digit' }).format(new Date(at))
}

/** Whether the clocks of whoever looks show another time than the contract's: then its zone must be named. */
export function isElsewhere(at: number | string): boolean {
  const moment = new Date(at)
  const options = { dateStyle: 'short', timeStyle: 'short' } as const
  const here = new Intl.DateTimeFormat('sv-SE', options).format(moment)
  return here !== new Intl.DateTimeFormat('sv-SE', { ...options, timeZone: ZONE }).format(moment)
}

/** "20 ноября", with the year once it is not the running one. `day` is a calendar day, so noon keeps it in place. */
export function dateText(day: string, now: number, locale: string): string {
  const sameYear = day.slice(0, 4) === dayOf(now).slice(0, 4)
  const options: Intl.DateTimeFormatOptions = { day: 'numeric', month: 'long' }
  if (!sameYear) options.year = 'numeric'
  const text = format(locale, options).format(new Date(`${day}T12:00:00+03:00`))
  return text.replace(' г.', '\u00a0г.')
}

/** "ноябрь 2026" of a month "2026-11". */
export function monthText(month: string, locale: string): string {
  return format(locale, { month: 'long', year: 'numeric' })
    .format(new Date(`${month}-15T12:00:00+03:00`))
    .replace(/\s*г\.$/u, '')
}

/** One or three letters for the foot of a bar. */
export function monthMark(month: string, locale: string): string {
  return format(locale, { month: 'narrow' }).format(new Date(`${month}-15T12:00:00+03:00`))
}

/** "4:05" of 245 seconds: timers of codes and sessions. */
export function timerText(seconds: number): string {
  const whole = Math.max(0, Math.ceil(seconds))
  return `${String(Math.floor(whole / 60))}:${String(whole % 60).padStart(2, '0')}`
}

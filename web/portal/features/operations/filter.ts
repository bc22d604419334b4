import { dayOf } from '../../../kit/time/people-time.ts'
import type { OperationKind, OperationsFilter } from '../../data/types.ts'

/** The filter of the list as its address says it: `?kind=payment&period=90`, or `?from=2026-09-01&to=2026-10-01`. */
export type Period = 'all' | '30' | '90' | '365' | 'own'
export type KindChoice = OperationKind | 'all'

export interface ListFilter {
  kind: KindChoice
  period: Period
  from: string
  to: string
}

export const KINDS: readonly KindChoice[] = ['all', 'charge', 'payment', 'credit', 'refund', 'correction']
export const PERIODS: readonly Period[] = ['all', '30', '90', '365', 'own']

const DAY = /^\d{4}-\d{2}-\d{2}$/
const DAY_MS = 86_400_000

function chosen<Value extends string>(options: readonly Value[], value: string | null, otherwise: Value): Value {
  return options.find((option) => option === value) ?? otherwise
}

function day(value: string | null): string {
  return value !== null && DAY.test(value) && !Number.isNaN(Date.parse(value)) ? value : ''
}

/** Whatever stands in the address is read as a filter; what makes no sense is left out. */
export function readFilter(parameters: URLSearchParams): ListFilter {
  const [from, to] = [day(parameters.get('from')), day(parameters.get('to'))]
  return {
    kind: chosen(KINDS, parameters.get('kind'), 'all'),
    period: from || to ? 'own' : chosen(PERIODS, parameters.get('period'), 'all'),
    from,
    to,
  }
}

/** The address of a filter: the other parameters stay, what is not filtered is not written. */
export function writeFilter(parameters: URLSearchParams, filter: ListFilter): URLSearchParams {
  const next = new URLSearchParams(parameters)
  const own = filter.period === 'own'
  const values = {
    kind: filter.kind === 'all' ? '' : filter.kind,
    period: filter.period === 'all' || (own && (filter.from || filter.to)) ? '' : filter.period,
    from: own ? filter.from : '',
    to: own ? filter.to : '',
  }
  for (const [key, value] of Object.entries(values)) {
    if (value) next.set(key, value)
    else next.delete(key)
  }
  return next
}

export function isFiltered({ kind, period, from, to }: ListFilter): boolean {
  return kind !== 'all' || (period === 'own' ? from !== '' || to !== '' : period !== 'all')
}

/** What the server is asked. `30` days are today and the 29 before it. */
export function toQuery(filter: ListFilter, now: number): OperationsFilter {
  const kind = filter.kind === 'all' ? undefined : filter.kind
  if (filter.period === 'all') return { kind }
  if (filter.period === 'own') return { kind, from: filter.from || undefined, to: filter.to || undefined }
  return { kind, from: dayOf(now - (Number(filter.period) - 1) * DAY_MS) }
}

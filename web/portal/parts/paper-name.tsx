import { useLingui } from '@lingui/react/macro'
import { useNow } from '../../kit/time/clock.tsx'
import { dateText, monthText } from '../../kit/time/people-time.ts'
import type { Paper, PaperKind } from '../data/types.ts'

const HOUR_MS = 3_600_000

/** What each kind of document is called. */
export function usePaperNames(): Record<PaperKind, string> {
  const { t } = useLingui()
  return {
    slip: t`Квитанция на оплату`,
    statement: t`Выписка по счёту`,
    reconciliation: t`Акт сверки`,
    bill: t`Счёт на оплату`,
  }
}

function daysOf(first: string): number {
  const [year = 0, month = 0] = first.split('-').map(Number)
  return new Date(Date.UTC(year, month, 0)).getUTCDate()
}

/** The period of a document in words; a whole month by its name. Empty for a document that has none. */
export function usePeriodText(): (paper: Pick<Paper, 'first' | 'last'>) => string {
  const { t, i18n } = useLingui()
  const now = useNow(HOUR_MS)
  return ({ first, last }) => {
    if (!first || !last) return ''
    const month = first.slice(0, 7)
    const isWhole = first.endsWith('-01') && last === `${month}-${String(daysOf(first))}`
    if (isWhole) return monthText(month, i18n.locale)
    const [from, to] = [dateText(first, now, i18n.locale), dateText(last, now, i18n.locale)]
    return t`с ${from} по ${to}`
  }
}

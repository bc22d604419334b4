import { useLingui } from '@lingui/react/macro'
import { useNow } from '../../kit/time/clock.tsx'
import { dateText } from '../../kit/time/people-time.ts'
import type { PaymentPromise } from '../data/types.ts'

/** What has become of a promise, in one sentence. Reasons that we do not know are the accounting's own words. */
export function usePromiseWords(): (promise: PaymentPromise) => string {
  const { t, i18n } = useLingui()
  const now = useNow(60_000)
  const reasons: Record<string, string> = {
    'nothing-owed': t`долга по счёту нет`,
    'too-much': t`сумма больше, чем можно отложить`,
    'day-passed': t`этот день уже наступил`,
    'too-late': t`так надолго отложить нельзя`,
    'one-stands': t`прошлый обещанный платёж ещё не закончился`,
    'too-often': t`недавно обещанный платёж уже был`,
    'not-judged': t`учётная система не смогла его рассмотреть, позвоните нам`,
  }
  return ({ state, granted_until, reason }) => {
    if (state === 'asked') return t`Ждём ответа`
    if (state === 'granted') {
      const day = dateText(granted_until ?? '', now, i18n.locale)
      return t`Принят, заплатите до ${day}`
    }
    if (!reason) return t`Не принят`
    const why = reasons[reason] ?? reason
    return t`Не принят: ${why}`
  }
}

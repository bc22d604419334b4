import { useLingui } from '@lingui/react/macro'
import { useNow } from './clock.tsx'
import { clockText, dateText, dayOf, isElsewhere, nearDay } from './people-time.ts'

const MINUTE_MS = 60_000

/** The age of a figure: «на 12:04», «на вчера, 23:10», «на 20 ноября, 9:00»; far from there «на 12:04 по Москве». */
export function Age({ at }: { at: string }) {
  const { t, i18n } = useLingui()
  const now = useNow(MINUTE_MS / 4)
  const clock = clockText(at, i18n.locale)
  const day = dayOf(at)
  const near = nearDay(day, now)
  const date = dateText(day, now, i18n.locale)
  const words =
    near === 'today' ? t`на ${clock}` : near === 'yesterday' ? t`на вчера, ${clock}` : t`на ${date}, ${clock}`
  return <time dateTime={at}>{isElsewhere(at) ? t`${words} по Москве` : words}</time>
}

/** When something happened: «сегодня в 12:04», «вчера в 9:30», «20 ноября». */
export function Moment({ at }: { at: string }) {
  const { t, i18n } = useLingui()
  const now = useNow(MINUTE_MS)
  const clock = clockText(at, i18n.locale)
  const day = dayOf(at)
  const near = nearDay(day, now)
  const words =
    near === 'today'
      ? t`сегодня в ${clock}`
      : near === 'yesterday'
        ? t`вчера в ${clock}`
        : dateText(day, now, i18n.locale)
  return <time dateTime={at}>{words}</time>
}

/** A calendar day at the head of a group: «Сегодня», «Вчера», «20 ноября». */
export function Day({ day }: { day: string }) {
  const { t, i18n } = useLingui()
  const now = useNow(MINUTE_MS)
  const near = nearDay(day, now)
  const words =
    near === 'today' ? t`Сегодня` : near === 'yesterday' ? t`Вчера` : dateText(day, now, i18n.locale)
  return <time dateTime={day}>{words}</time>
}

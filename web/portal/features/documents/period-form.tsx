import { Trans, useLingui } from '@lingui/react/macro'
import { useRef, useState } from 'react'
import { Choice } from '../../../kit/controls/choice.tsx'
import { Field } from '../../../kit/controls/field.tsx'
import { Note } from '../../../kit/pane/message.tsx'
import { useClock } from '../../../kit/time/clock.tsx'
import { dayOf } from '../../../kit/time/people-time.ts'
import type { AccountState } from '../../data/types.ts'
import { usePeriodText } from '../../parts/paper-name.tsx'
import type { Days, Preset, Wrong } from './period.ts'
import { daysOf, wrongOf } from './period.ts'
import { useFocusWrong } from '../../parts/use-focus-wrong.ts'
import { Submit } from './submit.tsx'
import { useAsking } from './use-asking.ts'
import styles from './documents.module.css'

interface PeriodFormProps {
  account: AccountState
  kind: 'statement' | 'reconciliation'
}

/** For which days: the usual ones in sight, and one's own. */
export function PeriodForm({ account, kind }: PeriodFormProps) {
  const { t } = useLingui()
  const clock = useClock()
  const form = useRef<HTMLFormElement>(null)
  const [preset, setPreset] = useState<Preset>('last-month')
  const [own, setOwn] = useState<Days>({ first: '', last: '' })
  const [checked, setChecked] = useState(false)
  const asking = useAsking(account.account)
  const text = usePeriodText()
  const presets: readonly (readonly [Preset, string])[] = [
    ['last-month', t`Прошлый месяц`],
    ['month', t`Этот месяц`],
    ['three-months', t`Три месяца`],
    ['year', t`Этот год`],
    ['last-year', t`Прошлый год`],
    ['own', t`Свои даты`],
  ]
  const words = useWrongWords()
  const days = preset === 'own' ? own : daysOf(preset, clock())
  useFocusWrong(form, asking.fault)
  const refused = asking.fault?.code === 'period-wrong' ? 'too-long' : null
  const wrong = (checked ? wrongOf(days, clock()) : null) ?? refused
  const change = () => {
    setChecked(false)
    if (asking.fault) asking.ask.reset()
  }
  return (
    <form
      ref={form}
      className={styles.form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        setChecked(true)
        const found = wrongOf(days, clock())
        if (found === null) asking.ask.mutate({ kind, ...days })
        else form.current?.querySelector<HTMLInputElement>(`input[name="${found === 'no-last' ? 'last' : 'first'}"]`)?.focus()
      }}
    >
      <Choice
        guide="documents.period"
        label={t`За какое время`}
        look="loose"
        value={preset}
        options={presets}
        onChoose={(next) => {
          if (next === 'own' && preset !== 'own') setOwn(days)
          setPreset(next)
          change()
        }}
      />
      {preset === 'own' ? (
        <OwnDays
          days={own}
          today={dayOf(clock())}
          wrong={wrong}
          onChange={(next) => {
            setOwn(next)
            change()
          }}
        />
      ) : (
        <p className={styles.days}>{text(days)}</p>
      )}
      {wrong && preset !== 'own' && (
        <Note tone="error" icon="warning" live>
          {words[wrong]}
        </Note>
      )}
      <Submit asking={asking} />
      <p className={styles.quiet}>
        {kind === 'statement' ? (
          <Trans>Остатки на начало и конец, обороты и все операции. Готовую можно скачать для печати и для таблиц.</Trans>
        ) : (
          <Trans>Наши записи строка за строкой. Если с какой-то вы не согласны, скажите об этом прямо в акте.</Trans>
        )}
      </p>
    </form>
  )
}

function useWrongWords(): Record<Wrong, string> {
  const { t } = useLingui()
  return {
    'no-first': t`Укажите первый день`,
    'no-last': t`Укажите последний день`,
    backwards: t`Первый день позже последнего. Поменяйте их местами.`,
    future: t`Этот день ещё не наступил`,
    'too-long': t`За один раз можно взять не больше года. Разделите на части.`,
  }
}

interface OwnDaysProps {
  days: Days
  today: string
  wrong: Wrong | null
  onChange: (days: Days) => void
}

function OwnDays({ days, today, wrong, onChange }: OwnDaysProps) {
  const { t } = useLingui()
  const words = useWrongWords()
  const atLast = wrong === 'no-last'
  return (
    <div className={styles.own}>
      <Field
        guide="documents.first"
        type="date"
        name="first"
        label={t`С какого дня`}
        value={days.first}
        max={today}
        error={wrong && !atLast ? words[wrong] : undefined}
        onChange={(event) => {
          onChange({ ...days, first: event.target.value })
        }}
      />
      <Field
        guide="documents.last"
        type="date"
        name="last"
        label={t`По какой день`}
        value={days.last}
        error={wrong && atLast ? words[wrong] : undefined}
        onChange={(event) => {
          onChange({ ...days, last: event.target.value })
        }}
      />
    </div>
  )
}

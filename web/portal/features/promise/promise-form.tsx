import { Trans, useLingui } from '@lingui/react/macro'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { Button } from '../../../kit/controls/button.tsx'
import { Field } from '../../../kit/controls/field.tsx'
import { amountParts, amountText, signOf } from '../../../kit/money/amount.ts'
import { readTyped } from '../../../kit/money/typed.ts'
import { Note } from '../../../kit/pane/message.tsx'
import { useNow } from '../../../kit/time/clock.tsx'
import { dateText } from '../../../kit/time/people-time.ts'
import { useView } from '../../../kit/view/view-store.ts'
import { Fault } from '../../data/api.ts'
import { useApi } from '../../data/context.tsx'
import { keys } from '../../data/queries.ts'
import type { AccountState, Promises } from '../../data/types.ts'
import { ServiceAway } from '../../parts/service-away.tsx'
import { useFocusWrong } from '../../parts/use-focus-wrong.ts'
import styles from './promise.module.css'

interface PromiseFormProps {
  account: AccountState
  offer: NonNullable<Promises['offer']>
}

/** How much, and until which day: within what the company says it may grant. The accounting decides. */
export function PromiseForm({ account, offer }: PromiseFormProps) {
  const { t, i18n } = useLingui()
  const { hidden } = useView()
  const now = useNow(60_000)
  const form = useRef<HTMLFormElement>(null)
  const [typed, setTyped] = useState(() => {
    const { whole, fraction } = amountParts({ amount: account.balance, currency: account.currency }, i18n.locale)
    return signOf(account.balance) > 0 && !hidden ? whole + fraction : ''
  })
  const [until, setUntil] = useState(offer.last)
  const [checked, setChecked] = useState(false)
  const ask = useAsk(account.account)
  const fault = ask.error instanceof Fault ? ask.error : null
  useFocusWrong(form, fault)
  const result = readTyped(typed, offer.currency)
  const isDay = until >= offer.first && until <= offer.last
  const most = amountText({ amount: offer.most, currency: offer.currency }, i18n.locale)
  const last = dateText(offer.last, now, i18n.locale)

  const submit = () => {
    setChecked(true)
    const bad = 'amount' in result ? (isDay ? null : 'until') : 'amount'
    if (bad) form.current?.querySelector<HTMLInputElement>(`[name="${bad}"]`)?.focus()
    else if ('amount' in result && !ask.isPending) ask.mutate({ account: account.account, amount: result.amount, until })
  }
  const symbol = amountParts({ amount: '0', currency: offer.currency }, i18n.locale).currency
  const wrongAmount = (checked && !('amount' in result)) || fault?.code === 'wrong-amount'
  return (
    <form
      ref={form}
      className={styles.form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
    >
      <Field
        guide="promise.amount"
        label={t`Сколько заплатите, ${symbol}`}
        name="amount"
        value={typed}
        inputMode="decimal"
        autoComplete="off"
        hint={t`До ${most}`}
        error={wrongAmount ? t`Напишите сумму цифрами, не больше ${most}` : undefined}
        onChange={(event) => {
          setTyped(event.target.value)
          setChecked(false)
          if (fault) ask.reset()
        }}
      />
      <Field
        guide="promise.until"
        label={t`До какого дня`}
        name="until"
        type="date"
        value={until}
        min={offer.first}
        max={offer.last}
        hint={t`Не позже ${last}`}
        error={(checked && !isDay) || fault?.code === 'wrong-day' ? t`Выберите день не позже ${last}` : undefined}
        onChange={(event) => {
          setUntil(event.target.value)
          setChecked(false)
          if (fault) ask.reset()
        }}
      />
      <Button guide="promise.submit" look="main" type="submit" busy={ask.isPending}>
        <Trans>Пообещать</Trans>
      </Button>
      {fault && <Refused fault={fault} />}
    </form>
  )
}

const BESIDE = new Set(['wrong-amount', 'wrong-day'])

function Refused({ fault }: { fault: Fault }) {
  if (BESIDE.has(fault.code)) return null
  if (fault.status === 429) {
    return (
      <Note tone="waiting" icon="clock" live>
        <Trans>Слишком много просьб подряд. Подождите несколько минут.</Trans>
      </Note>
    )
  }
  if (fault.code === 'already-asked') {
    return (
      <Note tone="waiting" icon="clock" live>
        <Trans>По этому счёту уже ждут ответа: возможно, попросил кто-то из близких.</Trans>
      </Note>
    )
  }
  if (fault.code === 'no-promises') {
    return (
      <Note tone="error" icon="warning" live>
        <Trans>Отложить платёж сейчас нельзя. Если платить нечем, позвоните нам.</Trans>
      </Note>
    )
  }
  return <ServiceAway fault={fault} />
}

function useAsk(account: string) {
  const api = useApi()
  const client = useQueryClient()
  return useMutation({
    mutationFn: api.promise,
    onSuccess: () => client.invalidateQueries({ queryKey: keys.promises(account) }),
  })
}

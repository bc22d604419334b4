import { Trans, useLingui } from '@lingui/react/macro'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { Button } from '../../../kit/controls/button.tsx'
import { Choice } from '../../../kit/controls/choice.tsx'
import { Field } from '../../../kit/controls/field.tsx'
import { amountParts, signOf } from '../../../kit/money/amount.ts'
import { readTyped } from '../../../kit/money/typed.ts'
import { Note } from '../../../kit/pane/message.tsx'
import { useView } from '../../../kit/view/view-store.ts'
import { Fault } from '../../data/api.ts'
import { useApi } from '../../data/context.tsx'
import { keys } from '../../data/queries.ts'
import type { AccountState, LinkMade } from '../../data/types.ts'
import { ServiceAway } from '../../parts/service-away.tsx'
import styles from './links.module.css'

type Days = '1' | '7' | '30'

/** How much is proposed and for how long; then the link itself, shown this once. */
export function LinkMaker({ account }: { account: AccountState }) {
  const { t, i18n } = useLingui()
  const { hidden } = useView()
  const { currency } = account
  const form = useRef<HTMLFormElement>(null)
  const [typed, setTyped] = useState(() => {
    const { whole, fraction } = amountParts({ amount: account.balance, currency: account.currency }, i18n.locale)
    return signOf(account.balance) > 0 && !hidden ? whole + fraction : ''
  })
  const [days, setDays] = useState<Days>('7')
  const [checked, setChecked] = useState(false)
  const make = useMake(account.account)
  const result = readTyped(typed, currency)
  const isWrong = 'wrong' in result && result.wrong !== 'empty'
  const fault = make.error instanceof Fault ? make.error : null

  if (make.data) return <MadeLink made={make.data} onMore={make.reset} />
  const submit = () => {
    setChecked(true)
    if (isWrong) form.current?.querySelector<HTMLInputElement>('[name="amount"]')?.focus()
    else if (!make.isPending) make.mutate({ account: account.account, amount: 'amount' in result ? result.amount : null, days: Number(days) })
  }
  const symbol = amountParts({ amount: '0', currency }, i18n.locale).currency
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
        guide="links.amount"
        label={t`Сумма, ${symbol}`}
        name="amount"
        value={typed}
        inputMode="decimal"
        autoComplete="off"
        hint={t`Её предложим, но плательщик сможет изменить. Можно оставить пустой.`}
        error={checked && isWrong ? t`Напишите сумму цифрами, больше нуля, например 1 234,50` : undefined}
        onChange={(event) => {
          setTyped(event.target.value)
          setChecked(false)
        }}
      />
      <Choice<Days>
        guide="links.days"
        label={t`Сколько действует`}
        value={days}
        options={[
          ['1', t`день`],
          ['7', t`неделю`],
          ['30', t`месяц`],
        ]}
        onChoose={setDays}
      />
      <Button guide="links.submit" look="main" type="submit" busy={make.isPending}>
        <Trans>Сделать ссылку</Trans>
      </Button>
      {fault && <Refused fault={fault} />}
    </form>
  )
}

function useMake(account: string) {
  const api = useApi()
  const client = useQueryClient()
  return useMutation({
    mutationFn: api.linkMake,
    onSuccess: () => client.invalidateQueries({ queryKey: keys.links(account) }),
  })
}

function MadeLink({ made, onMore }: { made: LinkMade; onMore: () => void }) {
  const { t } = useLingui()
  const [copied, setCopied] = useState(false)
  const address = `${location.origin}/l#${made.token}`
  return (
    <div className={styles.form}>
      <Field guide="links.address" label={t`Ваша ссылка`} value={address} readOnly />
      <p className={styles.actions}>
        <Button
          guide="links.copy"
          look="main"
          icon={copied ? 'done' : 'copy'}
          onClick={() => {
            void navigator.clipboard.writeText(address).then(() => {
              setCopied(true)
            })
          }}
        >
          {copied ? <Trans>Скопировано</Trans> : <Trans>Скопировать</Trans>}
        </Button>
        <Button guide="links.more" look="quiet" onClick={onMore}>
          <Trans>Сделать ещё одну</Trans>
        </Button>
      </p>
      <Note tone="plain" icon="eye">
        <Trans>Показываем её один раз: сохраните или сразу отправьте. Отозвать можно в любой момент.</Trans>
      </Note>
    </div>
  )
}

function Refused({ fault }: { fault: Fault }) {
  if (fault.code === 'account-closed') {
    return (
      <Note tone="error" icon="warning" live>
        <Trans>Счёт уже закрыт, платежи на него не принимаются.</Trans>
      </Note>
    )
  }
  if (fault.code === 'bad-request') {
    return (
      <Note tone="error" icon="warning" live>
        <Trans>Действующих ссылок уже двадцать. Отзовите ненужные.</Trans>
      </Note>
    )
  }
  if (fault.status === 429) {
    return (
      <Note tone="waiting" icon="clock" live>
        <Trans>Слишком много ссылок подряд. Подождите несколько минут.</Trans>
      </Note>
    )
  }
  return <ServiceAway fault={fault} />
}

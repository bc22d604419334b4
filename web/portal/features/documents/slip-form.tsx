import { Trans, useLingui } from '@lingui/react/macro'
import { useRef, useState } from 'react'
import { Field } from '../../../kit/controls/field.tsx'
import { Switch } from '../../../kit/controls/switch.tsx'
import { amountParts, signOf } from '../../../kit/money/amount.ts'
import { readTyped } from '../../../kit/money/typed.ts'
import { useView } from '../../../kit/view/view-store.ts'
import type { AccountState } from '../../data/types.ts'
import { useFocusWrong } from '../../parts/use-focus-wrong.ts'
import { Submit } from './submit.tsx'
import { useAsking } from './use-asking.ts'
import styles from './documents.module.css'

type Wrong = Exclude<ReturnType<typeof readTyped>, { amount: string }>['wrong']

function inField(amount: string, currency: string, locale: string): string {
  const { whole, fraction } = amountParts({ amount, currency }, locale)
  return whole + fraction
}

/** What a slip is to be for: the debt is proposed, any sum can be typed, or none, to be written by hand. */
export function SlipForm({ account }: { account: AccountState }) {
  const { t, i18n } = useLingui()
  const { hidden } = useView()
  const form = useRef<HTMLFormElement>(null)
  const { balance, currency } = account
  const owed = !hidden && signOf(balance) > 0
  const [typed, setTyped] = useState(owed ? inField(balance, currency, i18n.locale) : '')
  const [blank, setBlank] = useState(false)
  const [checked, setChecked] = useState(false)
  const asking = useAsking(account.account)
  useFocusWrong(form, asking.fault)
  const result = readTyped(typed, currency)
  const words: Record<Wrong, string> = {
    empty: t`Напишите сумму или оставьте её для записи от руки`,
    unreadable: t`Напишите сумму цифрами, например 1 234,50`,
    decimals: t`После запятой бывает не больше двух цифр, например 1 234,50`,
    nothing: t`Сумма должна быть больше нуля`,
    'too-large': t`Квитанции бывают до десяти миллионов рублей`,
  }
  const refused = asking.fault?.code === 'amount-wrong' ? words['too-large'] : undefined
  const wrong = checked && 'wrong' in result ? words[result.wrong] : refused
  const symbol = amountParts({ amount: '0', currency }, i18n.locale).currency
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
        if (blank) asking.ask.mutate({ kind: 'slip' })
        else if ('amount' in result) asking.ask.mutate({ kind: 'slip', amount: result.amount })
        else form.current?.querySelector('input')?.focus()
      }}
    >
      {!blank && (
        <Field
          guide="documents.amount"
          look="sum"
          label={t`Сумма, ${symbol}`}
          value={typed}
          inputMode="decimal"
          autoComplete="off"
          enterKeyHint="done"
          hint={owed && <Trans>Подставили долг, сумму можно изменить</Trans>}
          error={wrong}
          onChange={(event) => {
            setTyped(event.target.value)
            change()
          }}
        />
      )}
      <Switch
        guide="documents.blank"
        on={blank}
        onSwitch={(on) => {
          setBlank(on)
          change()
        }}
      >
        <Trans>Оставить место, сумму впишу от руки</Trans>
      </Switch>
      <Submit asking={asking} />
      <p className={styles.quiet}>
        <Trans>
          Квитанцию принимают в любом банке и на почте. В ней уже будут реквизиты, ваш счёт и код для приложения банка.
        </Trans>
      </p>
    </form>
  )
}

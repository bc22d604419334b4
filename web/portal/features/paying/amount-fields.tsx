import { Trans, useLingui } from '@lingui/react/macro'
import type { ReactNode } from 'react'
import { Button } from '../../../kit/controls/button.tsx'
import { Field } from '../../../kit/controls/field.tsx'
import { amountParts, amountText, signOf } from '../../../kit/money/amount.ts'
import { Money } from '../../../kit/money/money.tsx'
import { readTyped } from '../../../kit/money/typed.ts'
import { Note } from '../../../kit/pane/message.tsx'
import type { Fault } from '../../data/api.ts'
import type { AccountLine } from '../../data/types.ts'
import { AccountName } from '../../parts/account-name.tsx'
import { inUnits } from './price.ts'
import styles from './paying.module.css'

export type Wrong = Exclude<ReturnType<typeof readTyped>, { amount: string }>['wrong']

interface AmountFieldsProps {
  accounts: readonly AccountLine[]
  currency: string
  typed: Readonly<Record<string, string>>
  wrong: Readonly<Record<string, Wrong>>
  fault: Fault | null
  onType: (account: string, text: string) => void
}

/** An amount as it stands in a field: digits alone, as people write them ("1 234,50"). */
export function amountInField(amount: string, currency: string, locale: string): string {
  const { whole, fraction } = amountParts({ amount, currency }, locale)
  return whole + fraction
}

export function AmountFields({ accounts, currency, typed, wrong, fault, onType }: AmountFieldsProps) {
  const { t, i18n } = useLingui()
  const symbol = amountParts({ amount: '0', currency }, i18n.locale).currency
  const words = useWrongWords(accounts.length > 1)
  const refused = useRefusedWords(fault, currency)
  const single = accounts.length === 1
  return (
    <>
      <div className={styles.fields}>
        {accounts.map((line) => (
          <div key={line.account} className={styles.field}>
            {single && (
              <p className={styles.name}>
                <AccountName tail={line.tail} />
              </p>
            )}
            <Field
              guide={`pay.amount.${line.tail}`}
              look="sum"
              label={single ? t`Сумма, ${symbol}` : nameOf(line, symbol)}
              name={line.account}
              value={typed[line.account] ?? ''}
              inputMode="decimal"
              autoComplete="off"
              enterKeyHint="done"
              hint={<Owed line={line} />}
              error={wrong[line.account] ? words[wrong[line.account] ?? 'empty'] : single ? refused : undefined}
              onChange={(event) => {
                onType(line.account, event.target.value)
              }}
              onBlur={() => {
                const result = readTyped(typed[line.account] ?? '', currency)
                if ('amount' in result) onType(line.account, amountInField(result.amount, currency, i18n.locale))
              }}
            />
            <WholeDebt line={line} typed={typed[line.account] ?? ''} onType={onType} />
          </div>
        ))}
      </div>
      {!single && refused && (
        <Note tone="error" icon="warning" live>
          {refused}
        </Note>
      )}
      <p className={styles.any}>
        {single ? (
          <Trans>Можно заплатить любую сумму: часть долга или вперёд.</Trans>
        ) : (
          <Trans>Можно заплатить любую сумму: часть долга или вперёд. Счёт с пустым полем не оплачивается.</Trans>
        )}
      </p>
    </>
  )
}

function nameOf(line: AccountLine, symbol: string): string {
  return `${line.title ? `${line.title} ` : ''}···\u00a0${line.tail}, ${symbol}`
}

function Owed({ line }: { line: AccountLine }): ReactNode {
  const sign = signOf(line.balance)
  if (sign === 0) return <Trans>Долга нет, можно заплатить вперёд</Trans>
  const money = <Money amount={line.balance} currency={line.currency} />
  return sign > 0 ? <Trans>К оплате {money}</Trans> : <Trans>Переплата {money}, можно заплатить вперёд</Trans>
}

/** Back to what is owed, once something else stands in the field. */
function WholeDebt({ line, typed, onType }: { line: AccountLine; typed: string } & Pick<AmountFieldsProps, 'onType'>) {
  const { i18n } = useLingui()
  const result = readTyped(typed, line.currency)
  if (signOf(line.balance) <= 0 || ('amount' in result && result.amount === line.balance)) return null
  return (
    <div className={styles.debt}>
      <Button
        guide={`pay.debt.${line.tail}`}
        look="quiet"
        onClick={() => {
          onType(line.account, amountInField(line.balance, line.currency, i18n.locale))
        }}
      >
        <Trans>Весь долг</Trans>
      </Button>
    </div>
  )
}

export function useWrongWords(several: boolean): Record<Wrong, string> {
  const { t } = useLingui()
  return {
    empty: several ? t`Напишите сумму хотя бы для одного счёта` : t`Напишите сумму`,
    unreadable: t`Напишите сумму цифрами, например 1 234,50`,
    decimals: t`После запятой бывает не больше двух цифр, например 1 234,50`,
    nothing: t`Сумма должна быть больше нуля`,
    'too-large': t`Такую большую сумму за один раз не принять. Позвоните нам, поможем.`,
  }
}

/** What the server does not take about the sum or the account. */
function useRefusedWords(fault: Fault | null, currency: string): string | undefined {
  const { t, i18n } = useLingui()
  const text = (minor: number) => amountText({ amount: inUnits(BigInt(minor), currency), currency }, i18n.locale)
  switch (fault?.code) {
    case 'wrong-amount': {
      if (!fault.limits) return t`Эту сумму принять нельзя. Проверьте её и попробуйте ещё раз.`
      const [least, most] = [text(fault.limits.least), text(fault.limits.most)]
      return t`Этим способом платят от ${least} до ${most}. Измените сумму или выберите другой способ.`
    }
    case 'account-closed':
      return t`Счёт уже закрыт, платежи на него не принимаются. Позвоните нам, если деньги нужно внести.`
    case 'not-found':
      return t`Этот счёт вам больше не доступен. Обновите страницу.`
    default:
      return undefined
  }
}

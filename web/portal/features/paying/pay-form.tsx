import { Trans, useLingui } from '@lingui/react/macro'
import { useRef, useState } from 'react'
import { signOf } from '../../../kit/money/amount.ts'
import { readTyped } from '../../../kit/money/typed.ts'
import { Pane } from '../../../kit/pane/frame.tsx'
import { useView } from '../../../kit/view/view-store.ts'
import type { AccountLine, PayMethod } from '../../data/types.ts'
import { AmountFields, amountInField } from './amount-fields.tsx'
import { beyond, totalOf } from './price.ts'
import { Submit } from './submit.tsx'
import { usePaying } from './use-paying.ts'
import { Ways } from './ways.tsx'
import styles from './paying.module.css'

interface PayFormProps {
  accounts: readonly AccountLine[]
  currency: string
  ways: readonly PayMethod[]
  /** The account that the address names: it alone is proposed. */
  named: string | undefined
}

/** What was typed for each account, read; `first` is the field to go to when something has to be typed again. */
function read(accounts: readonly AccountLine[], typed: Readonly<Record<string, string>>, currency: string) {
  const shares: { account: string; amount: string }[] = []
  const wrong: Record<string, Exclude<ReturnType<typeof readTyped>, { amount: string }>['wrong']> = {}
  for (const { account } of accounts) {
    const result = readTyped(typed[account] ?? '', currency)
    if ('amount' in result) shares.push({ account, amount: result.amount })
    else if (result.wrong !== 'empty') wrong[account] = result.wrong
  }
  const [first] = accounts
  if (first && shares.length === 0 && Object.keys(wrong).length === 0) wrong[first.account] = 'empty'
  return { shares, wrong, total: totalOf(shares.map((share) => share.amount)) }
}

export function PayForm({ accounts, currency, ways, named }: PayFormProps) {
  const { t, i18n } = useLingui()
  const { hidden } = useView()
  const form = useRef<HTMLFormElement>(null)
  const [typed, setTyped] = useState<Readonly<Record<string, string>>>(() => {
    // Whoever hides his sums finds none in a field either.
    const owed = accounts.filter((line) => !hidden && signOf(line.balance) > 0)
    const proposed = owed.filter((line) => named === undefined || line.account === named)
    return Object.fromEntries(proposed.map((line) => [line.account, amountInField(line.balance, currency, i18n.locale)]))
  })
  const [checked, setChecked] = useState(false)
  const [chosen, setChosen] = useState<string | null>(null)
  const { begin, fault, wait } = usePaying()
  const { shares, wrong, total } = read(accounts, typed, currency)
  const fitting = ways.filter((way) => signOf(total) === 0 || beyond(way, total) === null)
  const way = ways.find((each) => each.id === chosen) ?? fitting[0] ?? ways[0]
  const fits = way !== undefined && fitting.includes(way)

  const submit = () => {
    setChecked(true)
    const [bad] = Object.keys(wrong)
    if (bad) form.current?.querySelector<HTMLInputElement>(`[name="${bad}"]`)?.focus()
    else if (fits && wait === null && !begin.isPending) begin.mutate({ method: way.id, currency, shares })
  }
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
      <Pane guide="pay.amounts" aria-labelledby="pay">
        <div className={styles.amounts}>
          <h1 id="pay">
            <Trans>Оплата</Trans>
          </h1>
          <AmountFields
            accounts={accounts}
            currency={currency}
            typed={typed}
            wrong={checked ? wrong : {}}
            fault={fault}
            onType={(account, text) => {
              setTyped((before) => ({ ...before, [account]: text }))
              setChecked(false)
              if (fault) begin.reset()
            }}
          />
        </div>
      </Pane>
      <Pane guide="pay.ways">
        <Ways
          label={t`Чем платить`}
          ways={ways}
          total={total}
          chosen={way?.id}
          fault={fault}
          onChoose={(id) => {
            setChosen(id)
            if (fault) begin.reset()
          }}
        />
        {way && <Submit way={way} total={total} fits={fits} busy={begin.isPending} fault={fault} wait={wait} />}
      </Pane>
    </form>
  )
}

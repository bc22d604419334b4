import { Trans, useLingui } from '@lingui/react/macro'
import { useRef, useState } from 'react'
import { signOf } from '../../../kit/money/amount.ts'
import { readTyped } from '../../../kit/money/typed.ts'
import { Pane } from '../../../kit/pane/frame.tsx'
import { useView } from '../../../kit/view/view-store.ts'
import { useSession } from '../../data/queries.ts'
import type { AccountLine } from '../../data/types.ts'
import { isContact } from '../../parts/contact.ts'
import { useFocusWrong } from '../../parts/use-focus-wrong.ts'
import { AmountFields, amountInField } from './amount-fields.tsx'
import { Keeping } from './keeping.tsx'
import { barOf, type Option } from './options.ts'
import { OtherRoads } from './other-roads.tsx'
import { totalOf } from './price.ts'
import { Submit } from './submit.tsx'
import { usePaying } from './use-paying.ts'
import { Ways } from './ways.tsx'
import styles from './paying.module.css'

interface PayFormProps {
  accounts: readonly AccountLine[]
  currency: string
  options: readonly Option[]
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

export function PayForm({ accounts, currency, options, named }: PayFormProps) {
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
  const [contact, setContact] = useState('')
  const [saves, setSaves] = useState(false)
  const { begin, fault, wait } = usePaying()
  const { data: session } = useSession()
  useFocusWrong(form, fault)
  const { shares, wrong, total } = read(accounts, typed, currency)
  const fitting = options.filter((option) => barOf(option, total) === null)
  const option = options.find((each) => each.id === chosen) ?? fitting[0] ?? options[0]
  const fits = option !== undefined && fitting.includes(option)
  const asksContact = option !== undefined && option.method.receipt.length > 0
  const wrongContact = asksContact && !isContact(contact, option.method.receipt)

  const [first] = accounts

  const submit = () => {
    setChecked(true)
    const [bad] = [...Object.keys(wrong), ...(fits && wrongContact ? ['contact'] : [])]
    if (bad) form.current?.querySelector<HTMLInputElement>(`[name="${bad}"]`)?.focus()
    else if (fits && wait === null && !begin.isPending) {
      begin.mutate({
        method: option.method.id,
        currency,
        shares,
        ...(option.card && { card: option.card.id }),
        ...(saves && option.method.saves && !option.card && { save_card: true }),
        ...(asksContact && { contact: contact.trim() }),
      })
    }
  }
  const forget = () => {
    if (fault) begin.reset()
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
              forget()
            }}
          />
          {first && <OtherRoads account={named ?? first.account} />}
        </div>
      </Pane>
      <Pane guide="pay.ways">
        <Ways
          label={t`Чем платить`}
          options={options}
          total={total}
          chosen={option?.id}
          fault={fault}
          onChoose={(id) => {
            setChosen(id)
            forget()
          }}
        />
        {option && (
          <Keeping
            option={option}
            contact={contact}
            wrong={(checked && wrongContact) || fault?.code === 'wrong-contact'}
            onContact={(text) => {
              setContact(text)
              forget()
            }}
            keeps={{ saves, onSave: setSaves }}
          />
        )}
        {option && (
          <Submit
            payee={session?.company}
            option={option}
            total={total}
            fits={fits}
            busy={begin.isPending}
            fault={fault}
            wait={wait}
          />
        )}
      </Pane>
    </form>
  )
}

import { Trans, useLingui } from '@lingui/react/macro'
import { useQueryClient } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { Field } from '../../../kit/controls/field.tsx'
import { amountParts, amountText } from '../../../kit/money/amount.ts'
import { readTyped } from '../../../kit/money/typed.ts'
import { Pane } from '../../../kit/pane/frame.tsx'
import { Fault } from '../../data/api.ts'
import { useApi } from '../../data/context.tsx'
import { keys } from '../../data/queries.ts'
import type { LinkWish, OpenLink } from '../../data/types.ts'
import { amountInField, useWrongWords } from './amount-fields.tsx'
import styles from './paying.module.css'
import { Keeping } from './keeping.tsx'
import { barOf, optionsOf } from './options.ts'
import { inUnits } from './price.ts'
import { Submit } from './submit.tsx'
import { isContact } from '../../parts/contact.ts'
import { keepToken } from '../../parts/link-token.ts'
import { useFocusWrong } from '../../parts/use-focus-wrong.ts'
import { useBeginning } from './use-paying.ts'
import { Ways } from './ways.tsx'

interface LinkFormProps {
  link: OpenLink
  token: string
}

/** How much and in what way: the proposed amount may be changed. Nothing here tells whose account it is. */
export function LinkForm({ link, token }: LinkFormProps) {
  const { t, i18n } = useLingui()
  const { currency, tail, company, purpose } = link
  const form = useRef<HTMLFormElement>(null)
  const [typed, setTyped] = useState(() => (link.amount === null ? '' : amountInField(link.amount, currency, i18n.locale)))
  const [checked, setChecked] = useState(false)
  const [chosen, setChosen] = useState<string | null>(null)
  const [contact, setContact] = useState('')
  const options = optionsOf(link.methods, [])
  const { begin, fault, wait } = useLinkPaying(token)
  const words = useWrongWords(false)
  const result = readTyped(typed, currency)
  const total = 'amount' in result ? result.amount : '0'
  const fitting = options.filter((option) => barOf(option, total) === null)
  const option = options.find((each) => each.id === chosen) ?? fitting[0] ?? options[0]
  const fits = option !== undefined && fitting.includes(option)
  const asksContact = option !== undefined && option.method.receipt.length > 0
  const wrongContact = asksContact && !isContact(contact, option.method.receipt)
  const refused = useRefused(fault, currency)
  useFocusWrong(form, fault)

  const submit = () => {
    setChecked(true)
    const bad = 'amount' in result ? fits && wrongContact && 'contact' : 'amount'
    if (bad) form.current?.querySelector<HTMLInputElement>(`[name="${bad}"]`)?.focus()
    else if ('amount' in result && fits && wait === null && !begin.isPending) {
      const wish = { token, method: option.method.id, currency, amount: result.amount }
      begin.mutate({ ...wish, ...(asksContact && { contact: contact.trim() }) })
    }
  }
  const reset = () => {
    if (fault) begin.reset()
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
      <Pane guide="link.amount" aria-labelledby="link">
        <div className={styles.amounts}>
          <h1 id="link">
            <Trans>Оплата по ссылке</Trans>
          </h1>
          <p>
            <Trans>
              {company}, лицевой счёт ···&nbsp;{tail}
            </Trans>
          </p>
          {purpose && <p>{purpose}</p>}
          <div className={styles.fields}>
            <Field
              guide="link.amount.field"
              look="sum"
              label={t`Сумма, ${symbol}`}
              name="amount"
              value={typed}
              inputMode="decimal"
              autoComplete="off"
              enterKeyHint="done"
              error={checked && 'wrong' in result ? words[result.wrong] : refused}
              onChange={(event) => {
                setTyped(event.target.value)
                setChecked(false)
                reset()
              }}
              onBlur={() => {
                if ('amount' in result) setTyped(amountInField(result.amount, currency, i18n.locale))
              }}
            />
          </div>
          <p className={styles.any}>
            <Trans>Сумму можно изменить. Деньги поступят на этот лицевой счёт.</Trans>
          </p>
        </div>
      </Pane>
      <Pane guide="link.ways">
        <Ways
          label={t`Чем платить`}
          options={options}
          total={total}
          chosen={option?.id}
          fault={fault}
          onChoose={(id) => {
            setChosen(id)
            reset()
          }}
        />
        {option && (
          <Keeping
            option={option}
            contact={contact}
            wrong={(checked && wrongContact) || fault?.code === 'wrong-contact'}
            onContact={(text) => {
              setContact(text)
              reset()
            }}
          />
        )}
        {option && (
          <Submit
            payee={company}
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

/** Begins a payment by a link. When the link has ended meanwhile, its page says so. */
function useLinkPaying(token: string) {
  const api = useApi()
  const client = useQueryClient()
  return useBeginning<Omit<LinkWish, 'key' | 'locale'>>(
    async (wish) => {
      try {
        const started = await api.linkPay(wish)
        keepToken(started.id, token)
        return started
      } catch (error) {
        if (error instanceof Fault && error.code === 'no-link') await client.resetQueries({ queryKey: keys.openLink(token) })
        throw error
      }
    },
    (id) => `/paid/${id}`,
  )
}

function useRefused(fault: Fault | null, currency: string): string | undefined {
  const { t, i18n } = useLingui()
  if (fault?.code !== 'wrong-amount') return undefined
  if (!fault.limits) return t`Эту сумму принять нельзя. Проверьте её и попробуйте ещё раз.`
  const text = (minor: number) => amountText({ amount: inUnits(BigInt(minor), currency), currency }, i18n.locale)
  const [least, most] = [text(fault.limits.least), text(fault.limits.most)]
  return t`Этим способом платят от ${least} до ${most}. Измените сумму или выберите другой способ.`
}

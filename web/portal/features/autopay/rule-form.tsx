import { Trans, useLingui } from '@lingui/react/macro'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { Button } from '../../../kit/controls/button.tsx'
import { Choice } from '../../../kit/controls/choice.tsx'
import { Field } from '../../../kit/controls/field.tsx'
import { plainMarks } from '../../../kit/controls/plain-marks.ts'
import { amountParts, amountText } from '../../../kit/money/amount.ts'
import { readTyped } from '../../../kit/money/typed.ts'
import { Note } from '../../../kit/pane/message.tsx'
import { useView } from '../../../kit/view/view-store.ts'
import { Fault } from '../../data/api.ts'
import { useApi } from '../../data/context.tsx'
import { keys } from '../../data/queries.ts'
import type { AccountLine, Autopay, AutopayWish, PayCard, PayMethod } from '../../data/types.ts'
import { ContactField } from '../../parts/contact-field.tsx'
import { isContact } from '../../parts/contact.ts'
import { isUnproved, useProved } from '../../parts/proof.ts'
import { ServiceAway } from '../../parts/service-away.tsx'
import { useFocusWrong } from '../../parts/use-focus-wrong.ts'
import styles from './autopay.module.css'

const DAY_MAX = 28

interface RuleFormProps {
  accounts: readonly AccountLine[]
  cards: readonly PayCard[]
  methods: readonly PayMethod[]
  onDone: () => void
}

/** One rule: for which account, when, by which card, never above what, and where the receipts go. */
export function RuleForm({ accounts, cards, methods, onDone }: RuleFormProps) {
  const { t, i18n } = useLingui()
  const { language } = useView()
  const form = useRef<HTMLFormElement>(null)
  const [account, setAccount] = useState(accounts[0]?.account ?? '')
  const [cardId, setCard] = useState(cards[0]?.id ?? '')
  const [kind, setKind] = useState<Autopay['kind']>('debt')
  const [day, setDay] = useState('')
  const [ceiling, setCeiling] = useState('')
  const [contact, setContact] = useState('')
  const [checked, setChecked] = useState(false)
  const { make, fault } = useMaking(onDone)
  useFocusWrong(form, fault)
  const currency = accounts.find((each) => each.account === account)?.currency ?? 'RUB'
  const card = cards.find((each) => each.id === cardId)
  const receipt = methods.find((each) => card?.methods.includes(each.id))?.receipt ?? []
  const sum = readTyped(ceiling, currency)
  const monthDay = plainMarks(day).trim()
  const isDay = kind === 'debt' || (/^\d{1,2}$/u.test(monthDay) && Number(monthDay) >= 1 && Number(monthDay) <= DAY_MAX)
  const hasContact = receipt.length === 0 || isContact(contact, receipt)
  const limits = fault?.code === 'wrong-amount' ? fault.limits : null
  const limit = (minor: number) => amountText({ amount: (minor / 100).toFixed(2), currency }, i18n.locale)

  const submit = () => {
    setChecked(true)
    const bad = !isDay ? 'day' : !('amount' in sum) ? 'ceiling' : hasContact ? '' : 'contact'
    if (bad) form.current?.querySelector<HTMLInputElement>(`[name="${bad}"]`)?.focus()
    else if ('amount' in sum && !make.isPending) {
      const when = kind === 'day' ? ({ kind, day: Number(monthDay) } as const) : ({ kind, day: null } as const)
      make.mutate({ account, card: cardId, ceiling: sum.amount, contact: contact.trim(), locale: language, ...when })
    }
  }
  const typed = (set: (text: string) => void) => (text: string) => {
    set(text)
    if (fault) make.reset()
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
      {accounts.length > 1 && (
        <Choice
          guide="autopay.account"
          label={t`За какой счёт`}
          look="loose"
          value={account}
          options={accounts.map((line) => [line.account, `${line.title ? `${line.title} ` : ''}···\u00a0${line.tail}`] as const)}
          onChoose={setAccount}
        />
      )}
      <Choice
        guide="autopay.kind"
        label={t`Когда платить`}
        look="loose"
        value={kind}
        options={[
          ['debt', t`Когда появится долг`],
          ['day', t`Каждый месяц`],
        ]}
        onChoose={setKind}
      />
      {kind === 'day' && (
        <Field
          guide="autopay.day"
          label={t`Какого числа`}
          name="day"
          value={day}
          inputMode="numeric"
          autoComplete="off"
          error={checked && !isDay ? t`Напишите число от 1 до 28: такое есть в каждом месяце` : undefined}
          onChange={(event) => {
            typed(setDay)(event.target.value)
          }}
        />
      )}
      <Field
        guide="autopay.ceiling"
        label={t`Не больше за раз, ${amountParts({ amount: '0', currency }, i18n.locale).currency}`}
        name="ceiling"
        value={ceiling}
        inputMode="decimal"
        autoComplete="off"
        hint={t`Если долг больше, не спишем ничего и сообщим.`}
        error={
          checked && !('amount' in sum)
            ? t`Напишите сумму цифрами, например 5 000`
            : fault?.code === 'wrong-amount'
              ? limits
                ? t`Этой картой платят от ${limit(limits.least)} до ${limit(limits.most)}`
                : t`Эту сумму принять нельзя. Измените её.`
              : undefined
        }
        onChange={(event) => {
          typed(setCeiling)(event.target.value)
        }}
      />
      <Choice
        guide="autopay.card"
        label={t`Какой картой`}
        look="loose"
        value={cardId}
        options={cards.map((each) => [each.id, each.title] as const)}
        onChoose={setCard}
      />
      {receipt.length > 0 && (
        <ContactField
          guide="autopay.contact"
          kinds={receipt}
          value={contact}
          wrong={(checked && !hasContact) || fault?.code === 'wrong-contact'}
          onType={typed(setContact)}
        />
      )}
      <p className={styles.under}>
        <Trans>За день до каждого списания придёт СМС с суммой и ссылкой, чтобы его отменить.</Trans>
      </p>
      <div className={styles.acts}>
        <Button guide="autopay.make" look="main" type="submit" busy={make.isPending}>
          <Trans>Включить автоплатёж</Trans>
        </Button>
        <Button guide="autopay.back" onClick={onDone}>
          <Trans>Не сейчас</Trans>
        </Button>
      </div>
      {fault && <Refused fault={fault} />}
    </form>
  )
}

function useMaking(onDone: () => void) {
  const api = useApi()
  const client = useQueryClient()
  const proved = useProved()
  const look = () =>
    Promise.all([keys.autopay, keys.payCards].map((queryKey) => client.invalidateQueries({ queryKey })))
  const make = useMutation({
    mutationFn: (wish: AutopayWish) => proved(() => api.autopayMake(wish)),
    onSuccess: async () => {
      await look()
      onDone()
    },
    onError: look,
  })
  return { make, fault: make.error instanceof Fault ? make.error : null }
}

/** What does not stand beside its field. */
function Refused({ fault }: { fault: Fault }) {
  if (fault.code === 'wrong-amount' || fault.code === 'wrong-contact' || isUnproved(fault)) return null
  if (fault.status >= 500 || fault.status === 0) return <ServiceAway fault={fault} />
  return (
    <Note tone="error" icon="warning" live>
      <Trans>Этим счётом или картой автоплатёж сейчас не включить. Выберите другие.</Trans>
    </Note>
  )
}

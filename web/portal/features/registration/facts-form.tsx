import { Trans, useLingui } from '@lingui/react/macro'
import type { InputHTMLAttributes, ReactNode } from 'react'
import { useRef, useState } from 'react'
import { Button } from '../../../kit/controls/button.tsx'
import { Choice } from '../../../kit/controls/choice.tsx'
import { Field } from '../../../kit/controls/field.tsx'
import { Note } from '../../../kit/pane/message.tsx'
import { useView } from '../../../kit/view/view-store.ts'
import { Fault } from '../../data/api.ts'
import { useApi } from '../../data/context.tsx'
import type { FactKind } from '../../data/types.ts'
import { Go } from '../../parts/go.tsx'
import { ServiceAway } from '../../parts/service-away.tsx'
import { useDeadline } from '../../parts/use-deadline.ts'
import { useFocusWrong } from '../../parts/use-focus-wrong.ts'
import { WaitWord } from '../../parts/wait-word.tsx'
import styles from '../../parts/way-in.module.css'
import type { Typed } from './facts.ts'
import { dayTyped } from './facts.ts'
import { Steps } from './steps.tsx'
import { useStep } from './use-registration.ts'

const THROTTLE_DEFAULT_S = 60

interface FactsFormProps {
  /** The kinds of facts that the company asks for. */
  facts: readonly FactKind[]
  typed: Typed
  onType: (typed: Typed) => void
  onSent: () => void
}

/** The first step: whose account it is, and one fact that only its papers tell. */
export function FactsForm({ facts, typed, onType, onSent }: FactsFormProps) {
  const { t } = useLingui()
  const form = useRef<HTMLFormElement>(null)
  const [missing, setMissing] = useState<'number' | 'value' | null>(null)
  const { begin, fault, wait } = useBegin(onSent)
  const names = useFactNames()
  const asked = useAsked(typed.fact)
  useFocusWrong(form, fault)
  const unread = fault?.code === 'unreadable-fact' ? fault.field : null

  const submit = () => {
    const empty = typed.number.trim() === '' ? 'number' : typed.value.trim() === '' ? 'value' : null
    setMissing(empty)
    if (empty) form.current?.querySelector<HTMLInputElement>(`[name=${empty}]`)?.focus()
    else if (wait === null && !begin.isPending) begin.mutate(typed)
  }

  return (
    <>
      <div className={styles.head}>
        <Steps current={1} />
        <h1>
          <Trans>Получить доступ</Trans>
        </h1>
        <p className={styles.lead}>
          <Trans>Проверим по документам, что это ваш счёт, и пришлём код на телефон из договора.</Trans>
        </p>
      </div>
      <form
        ref={form}
        className={styles.fields}
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          submit()
        }}
      >
        <Field
          guide="register.number"
          label={t`Номер лицевого счёта`}
          name="number"
          inputMode="numeric"
          autoComplete="off"
          hint={t`Напечатан в договоре и в каждой квитанции`}
          value={typed.number}
          onChange={(event) => {
            onType({ ...typed, number: event.target.value })
          }}
          error={
            missing === 'number'
              ? t`Напишите номер счёта`
              : unread === 'number'
                ? t`Это не похоже на номер счёта. Перепишите его с квитанции.`
                : undefined
          }
        />
        {facts.length > 1 && (
          <Choice
            guide="register.fact"
            label={t`Чем подтвердите`}
            look="loose"
            value={typed.fact}
            options={facts.map((kind) => [kind, names[kind]] as const)}
            onChoose={(fact) => {
              onType({ ...typed, fact, value: '' })
            }}
          />
        )}
        <Field
          {...asked.input}
          guide="register.value"
          label={names[typed.fact]}
          name="value"
          hint={asked.hint}
          value={typed.value}
          onChange={(event) => {
            const { value } = event.target
            onType({ ...typed, value: typed.fact === 'birth-date' ? dayTyped(value) : value })
          }}
          error={missing === 'value' ? asked.missing : unread === 'value' ? asked.unread : undefined}
        />
        <div className={styles.submit}>
          <Button guide="register.submit" look="main" type="submit" busy={begin.isPending} disabled={wait !== null}>
            {wait === null ? t`Продолжить` : <WaitWord seconds={wait} />}
          </Button>
          {wait !== null && (
            <Note tone="waiting" icon="clock" live>
              <Trans>Отсюда уже много раз пробовали получить доступ. Ради безопасности клиентов сделаем перерыв.</Trans>
            </Note>
          )}
          {fault && unread === null && fault.status !== 429 && <ServiceAway fault={fault} />}
        </div>
      </form>
      <p className={styles.other}>
        <Trans>Уже есть кабинет?</Trans>{' '}
        <Go guide="register.login" to="/login">
          <Trans>Войти</Trans>
        </Go>
      </p>
    </>
  )
}

function useBegin(onSent: () => void) {
  const api = useApi()
  const { language } = useView()
  const throttle = useDeadline(null)
  const begin = useStep((typed: Typed) => api.register({ ...typed, locale: language }), {
    onDone: onSent,
    onFault: (fault) => {
      if (fault.status === 429) throttle.start(fault.retryAfterS ?? THROTTLE_DEFAULT_S)
    },
  })
  const isWaiting = throttle.left !== null && throttle.left > 0
  return {
    begin,
    fault: begin.error instanceof Fault ? begin.error : null,
    wait: isWaiting ? throttle.left : null,
  }
}

function useFactNames(): Record<FactKind, string> {
  const { t } = useLingui()
  return {
    contract: t`Номер договора`,
    'birth-date': t`Дата рождения`,
    'last-bill': t`Сумма последнего счёта`,
    'last-payment': t`Сумма последней оплаты`,
    'paper-code': t`Код из письма`,
  }
}

interface Asked {
  hint: ReactNode
  missing: string
  unread: string
  input: Pick<InputHTMLAttributes<HTMLInputElement>, 'inputMode' | 'autoComplete' | 'autoCapitalize'>
}

/** How a kind of fact is asked for: what helps, what is said when it is wrong in form, which keyboard a phone shows. */
function useAsked(fact: FactKind): Asked {
  const { t } = useLingui()
  switch (fact) {
    case 'birth-date':
      return {
        hint: t`Например, 05.11.1980`,
        missing: t`Напишите дату рождения`,
        unread: t`Такой даты нет. Напишите день, месяц и год: 05.11.1980`,
        input: { inputMode: 'numeric', autoComplete: 'bday' },
      }
    case 'last-bill':
    case 'last-payment':
      return {
        hint: t`С копейками, например 1234,50`,
        missing: t`Напишите сумму`,
        unread: t`Напишите сумму цифрами: 1234,50`,
        input: { inputMode: 'decimal', autoComplete: 'off' },
      }
    case 'contract':
    case 'paper-code':
      return {
        hint: fact === 'contract' ? t`На первой странице договора` : t`Из письма, которое мы вам прислали`,
        missing: fact === 'contract' ? t`Напишите номер договора` : t`Напишите код из письма`,
        unread: t`Проверьте, нет ли лишних знаков`,
        input: { autoComplete: 'off', autoCapitalize: 'none' },
      }
  }
}

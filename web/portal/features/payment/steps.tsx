import { Trans, useLingui } from '@lingui/react/macro'
import type { ReactNode } from 'react'
import { Icon } from '../../../kit/icons/icon.tsx'
import { Money } from '../../../kit/money/money.tsx'
import { Moment } from '../../../kit/time/moments.tsx'
import { returned } from '../../data/payments.ts'
import { useOverview } from '../../data/queries.ts'
import type { Payment } from '../../data/types.ts'
import styles from './payment.module.css'

/** How far the money has come, and what of it went back, each step with its time: nothing is called done before somebody has said so. */
export function Steps({ payment }: { payment: Payment }) {
  const { t } = useLingui()
  const all = [
    [t`Платёж принят`, payment.accepted_at],
    [t`Деньги у платёжной системы`, payment.confirmed_at],
    [t`Записано на счёт`, payment.posted_at],
  ] as const
  // What went back before it was written down will not be any more.
  const steps = returned(payment) === 'whole' ? all.filter(([, at]) => at !== null) : all
  const next = steps.findIndex(([, at]) => at === null)
  return (
    <ol className={styles.steps} data-guide="payment.steps">
      {steps.map(([word, at], index) => (
        <li key={word} className={styles.step} data-state={at ? 'done' : index === next ? 'next' : 'later'}>
          <span className={styles.mark}>{at && <Icon name="done" />}</span>
          <span>{word}</span>
          <span className={styles.when}>{at ? <Moment at={at} /> : index === next && <Trans>ждём</Trans>}</span>
        </li>
      ))}
      {payment.returns.map((one) => (
        <Later key={`${one.kind} ${one.at} ${one.amount}`} at={one.at}>
          <Returned one={one} currency={payment.currency} />
        </Later>
      ))}
      {payment.moves.map((one) => (
        <Later key={`${one.source} ${one.at} ${one.amount}`} at={one.at}>
          <Moved one={one} currency={payment.currency} />
        </Later>
      ))}
    </ol>
  )
}

function Later({ at, children }: { at: string; children: ReactNode }) {
  return (
    <li className={styles.step} data-state="done">
      <span className={styles.mark}>
        <Icon name="done" />
      </span>
      <span>{children}</span>
      <span className={styles.when}>
        <Moment at={at} />
      </span>
    </li>
  )
}

/** Where to is told of one's own accounts alone. */
function Moved({ one, currency }: { one: Payment['moves'][number]; currency: string }) {
  const accounts = useOverview(undefined).data?.accounts ?? []
  const money = <Money amount={one.amount} currency={currency} />
  const own = one.target === null ? undefined : accounts.find((each) => each.account === one.target)
  if (!own) return <Trans>Сотрудник перенёс {money} на другой лицевой счёт</Trans>
  const name = `${own.title} ···\u00a0${own.tail}`.trim()
  return (
    <Trans>
      Сотрудник перенёс {money} на ваш счёт {name}
    </Trans>
  )
}

function Returned({ one, currency }: { one: Payment['returns'][number]; currency: string }) {
  const money = <Money amount={one.amount} currency={currency} />
  return one.kind === 'refund' ? <Trans>Вернули вам {money}</Trans> : <Trans>Ваш банк вернул вам {money}</Trans>
}

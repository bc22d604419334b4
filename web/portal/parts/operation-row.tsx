import { Trans, useLingui } from '@lingui/react/macro'
import type { ReactNode } from 'react'
import { signOf } from '../../kit/money/amount.ts'
import { Money } from '../../kit/money/money.tsx'
import { Bone } from '../../kit/pane/bone.tsx'
import type { Operation, OperationKind } from '../data/types.ts'
import styles from './operation-row.module.css'

export function KindWord({ kind }: { kind: OperationKind }) {
  const { t } = useLingui()
  const words: Record<OperationKind, string> = {
    charge: t`начисление`,
    payment: t`оплата`,
    credit: t`зачёт`,
    refund: t`возврат`,
    correction: t`перерасчёт`,
  }
  return words[kind]
}

interface OperationRowProps {
  operation: Operation
  currency: string
  /** When it happened, as this list says it. */
  when: ReactNode
  /** Shows what stood on the account after it. */
  withBalance?: boolean
  /** It has just arrived: its row brightens and settles. */
  fresh?: boolean
}

/** One operation: what, when and its word on the left, the amount with its sign on the right. */
export function OperationRow({ operation, currency, when, withBalance = false, fresh = false }: OperationRowProps) {
  const gain = signOf(operation.amount) < 0
  // Not every accounting has something to say of a payment: then its word is what happened.
  const word = <KindWord kind={operation.kind} />
  const isNamed = operation.text !== ''
  return (
    <li className={styles.row} data-guide="operation.row" data-position={operation.position} data-fresh={fresh || undefined}>
      <span className={isNamed ? styles.text : styles.word}>{isNamed ? operation.text : word}</span>
      <span className={styles.amount}>
        <Money amount={operation.amount} currency={currency} sign="customer" tone={gain ? 'paid' : 'plain'} />
      </span>
      <span className={styles.under}>
        {when}
        {isNamed && <> · {word}</>}
      </span>
      {withBalance && (
        <span className={styles.balance}>
          <BalanceAfter balance={operation.balance} currency={currency} />
        </span>
      )}
    </li>
  )
}

function BalanceAfter({ balance, currency }: { balance: string; currency: string }) {
  const sign = signOf(balance)
  if (sign === 0) return <Trans>всё оплачено</Trans>
  const money = <Money amount={balance} currency={currency} />
  return sign > 0 ? <Trans>к оплате {money}</Trans> : <Trans>переплата {money}</Trans>
}

/** A row on its way: the same lines, so the list does not jump when it comes. */
export function OperationBone() {
  return (
    <li className={styles.row}>
      <span className={styles.text}>
        <Bone characters={18} />
      </span>
      <span className={styles.amount}>
        <Bone characters={9} />
      </span>
      <span className={styles.under}>
        <Bone characters={16} />
      </span>
    </li>
  )
}

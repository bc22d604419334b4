import { Trans, useLingui } from '@lingui/react/macro'
import { useState } from 'react'
import { Daylight } from '../../../kit/pane/daylight.tsx'
import { Pane } from '../../../kit/pane/frame.tsx'
import { Message } from '../../../kit/pane/message.tsx'
import { Moment } from '../../../kit/time/moments.tsx'
import type { AccountState } from '../../data/types.ts'
import { Go } from '../../parts/go.tsx'
import { OperationBone, OperationRow } from '../../parts/operation-row.tsx'
import { withAccount } from '../../parts/use-account.ts'
import styles from './overview.module.css'

const SHOWN_MAX = 7

/** The latest operations; one that arrives while the page is open comes in at the top with light. */
export function LatestPane({ account, light }: { account: AccountState; light: number }) {
  const [known] = useState(account.position)
  const latest = account.operations.slice(0, SHOWN_MAX)
  if (latest.length === 0) return <NothingYet />
  return (
    <Pane guide="overview.latest" area="latest" aria-labelledby="latest">
      <div className={styles.head}>
        <h2 id="latest">
          <Trans>Последние операции</Trans>
        </h2>
        <Go guide="overview.all-operations" to={withAccount('/operations', account.account)}>
          <Trans>Все операции</Trans>
        </Go>
      </div>
      <ul data-light={light}>
        {latest.map((operation) => (
          <OperationRow
            key={operation.position}
            operation={operation}
            currency={account.currency}
            when={<Moment at={operation.posted_at} />}
            fresh={operation.position > known}
          />
        ))}
      </ul>
    </Pane>
  )
}

function NothingYet() {
  const { t } = useLingui()
  return (
    <Pane guide="overview.latest.empty" area="latest">
      <Message title={t`Здесь появятся начисления и оплаты`} drawing={<Daylight size="sign" />}>
        <p>
          <Trans>Счёт открыт, операций на нём ещё не было. Первая появится сама: обновлять страницу не нужно.</Trans>
        </p>
      </Message>
    </Pane>
  )
}

export function LatestBones() {
  return (
    <Pane guide="overview.latest.loading" area="latest" aria-busy="true">
      <div className={styles.head}>
        <h2>
          <Trans>Последние операции</Trans>
        </h2>
      </div>
      <ul aria-hidden="true">
        {Array.from({ length: SHOWN_MAX }, (_, index) => (
          <OperationBone key={index} />
        ))}
      </ul>
    </Pane>
  )
}

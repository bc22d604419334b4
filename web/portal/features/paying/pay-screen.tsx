import { Trans, useLingui } from '@lingui/react/macro'
import type { ReactNode } from 'react'
import { Bone, Loading } from '../../../kit/pane/bone.tsx'
import { Pane } from '../../../kit/pane/frame.tsx'
import { Message } from '../../../kit/pane/message.tsx'
import { usePayCards, usePayMethods } from '../../data/payments.ts'
import { useOverview } from '../../data/queries.ts'
import type { Overview, PayCard, PayMethod } from '../../data/types.ts'
import { FaultMessage } from '../../parts/fault-message.tsx'
import { Go } from '../../parts/go.tsx'
import { Screen } from '../../parts/screen.tsx'
import { useAccountInAddress } from '../../parts/use-account.ts'
import { optionsOf } from './options.ts'
import { PayForm } from './pay-form.tsx'
import styles from './paying.module.css'

/** C10: how much and in what way. The debt is proposed, any amount is taken, several accounts at once. */
export function PayScreen() {
  const { t } = useLingui()
  const named = useAccountInAddress()
  const overview = useOverview(named)
  const methods = usePayMethods()
  const cards = usePayCards()
  const error = overview.error ?? methods.error
  if (error) {
    return (
      <Screen guide="screen.pay.away" title={t`Оплата`} layout="single" wall="dark">
        <Pane guide="pay.fault">
          <FaultMessage
            place="pay.fault"
            title={t`Способы оплаты не загрузились`}
            level={1}
            error={error}
            onRetry={() => {
              if (overview.error) void overview.refetch()
              if (methods.error) void methods.refetch()
            }}
          />
        </Pane>
      </Screen>
    )
  }
  // Without the kept cards one can pay all the same: they are waited for, but not insisted on.
  if (!overview.data || !methods.data || cards.isPending) return <Bones />
  return <Ready overview={overview.data} methods={methods.data} cards={cards.data ?? []} named={named} />
}

interface ReadyProps {
  overview: Overview
  methods: readonly PayMethod[]
  cards: readonly PayCard[]
  named: string | undefined
}

function Ready({ overview, methods, cards, named }: ReadyProps) {
  const { t } = useLingui()
  const first = overview.account
  const payable = overview.accounts.filter((line) => line.status !== 'closed' && line.currency === first?.currency)
  const ways = methods.filter((method) => method.currency === first?.currency)
  if (!first || payable.length === 0) {
    return (
      <Instead title={t`Платить не за что`}>
        <Trans>Открытых лицевых счетов в кабинете нет. Если это ошибка, позвоните нам.</Trans>
      </Instead>
    )
  }
  if (ways.length === 0) {
    return (
      <Instead title={t`Оплаты через кабинет пока нет`}>
        <Trans>Оплатить можно по квитанции, в любом банке. Когда оплата появится здесь, она появится сама.</Trans>
      </Instead>
    )
  }
  return (
    <Screen guide="screen.pay" title={t`Оплата`} layout="pay">
      <PayForm accounts={payable} currency={first.currency} options={optionsOf(ways, cards)} named={named} />
    </Screen>
  )
}

function Instead({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Screen guide="screen.pay.none" title={title} layout="single" wall="lit">
      <Pane guide="pay.none">
        <Message
          title={title}
          level={1}
          actions={
            <Go guide="pay.none.overview" to="/">
              <Trans>Перейти к обзору</Trans>
            </Go>
          }
        >
          <p>{children}</p>
        </Message>
      </Pane>
    </Screen>
  )
}

const WAY_BONES = 2

function Bones() {
  const { t } = useLingui()
  return (
    <Screen guide="screen.pay.loading" title={t`Оплата`} layout="pay">
      <Pane guide="pay.amounts.loading" aria-busy="true">
        <Loading />
        <div className={styles.amounts}>
          <h1>
            <Trans>Оплата</Trans>
          </h1>
          <p className={styles.fieldBone}>
            <Bone characters={14} />
          </p>
        </div>
      </Pane>
      <Pane guide="pay.ways.loading" aria-busy="true">
        <h2>
          <Trans>Чем платить</Trans>
        </h2>
        <div className={styles.ways} aria-hidden="true">
          {Array.from({ length: WAY_BONES }, (_, index) => (
            <p key={index} className={styles.wayBone}>
              <Bone characters={18} />
            </p>
          ))}
        </div>
      </Pane>
    </Screen>
  )
}

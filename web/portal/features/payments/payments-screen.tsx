import { Trans, useLingui } from '@lingui/react/macro'
import { Link } from 'wouter'
import { Money } from '../../../kit/money/money.tsx'
import { Bone, Loading } from '../../../kit/pane/bone.tsx'
import { Daylight } from '../../../kit/pane/daylight.tsx'
import { Pane } from '../../../kit/pane/frame.tsx'
import { Message } from '../../../kit/pane/message.tsx'
import { Moment } from '../../../kit/time/moments.tsx'
import { returned, usePayments, usePayMethods } from '../../data/payments.ts'
import type { Payment, PaymentState } from '../../data/types.ts'
import { FaultMessage } from '../../parts/fault-message.tsx'
import { Go } from '../../parts/go.tsx'
import { Screen } from '../../parts/screen.tsx'
import { WayName } from '../../parts/way-name.tsx'
import rows from '../../parts/listed-rows.module.css'
import styles from './payments.module.css'

/** The latest payments made here, whatever became of them. */
export function PaymentsScreen() {
  const { t } = useLingui()
  const payments = usePayments()
  return (
    <Screen guide="screen.payments" title={t`Платежи`} layout="single" {...(payments.data?.length === 0 && { wall: 'lit' })}>
      <Pane guide="payments" aria-labelledby="payments" aria-busy={payments.isPending || undefined}>
        <div className={styles.head}>
          <h1 id="payments">
            <Trans>Платежи</Trans>
          </h1>
          {payments.data && payments.data.length > 0 && (
            <span className={styles.ways}>
              <Go guide="payments.autopay" to="/autopay">
                <Trans>Автоплатёж</Trans>
              </Go>
              <Go guide="payments.cards" to="/cards">
                <Trans>Сохранённые карты</Trans>
              </Go>
              <Go guide="payments.pay" look="main" to="/pay">
                <Trans>Оплатить</Trans>
              </Go>
            </span>
          )}
        </div>
        {payments.data ? (
          <List payments={payments.data} />
        ) : payments.error ? (
          <FaultMessage
            place="payments.fault"
            title={t`Платежи не загрузились`}
            error={payments.error}
            onRetry={() => {
              void payments.refetch()
            }}
          />
        ) : (
          <Bones />
        )}
      </Pane>
    </Screen>
  )
}

function List({ payments }: { payments: readonly Payment[] }) {
  const { t } = useLingui()
  if (payments.length === 0) {
    return (
      <Message
        title={t`Здесь появятся ваши платежи`}
        drawing={<Daylight size="sign" />}
        actions={
          <Go guide="payments.first" look="main" to="/pay">
            <Trans>Оплатить</Trans>
          </Go>
        }
      >
        <p>
          <Trans>Каждый будет виден от первой минуты до записи на счёт.</Trans>
        </p>
      </Message>
    )
  }
  return (
    <ul className={rows.list}>
      {payments.map((payment) => (
        <Row key={payment.id} payment={payment} />
      ))}
    </ul>
  )
}

const TONES: Record<PaymentState, 'plain' | 'waiting' | 'error'> = {
  accepted: 'waiting',
  confirmed: 'waiting',
  posted: 'plain',
  closed: 'error',
  review: 'waiting',
}

function Row({ payment }: { payment: Payment }) {
  const { t } = useLingui()
  const way = usePayMethods().data?.find((method) => method.id === payment.method)
  const words: Record<PaymentState, string> = {
    accepted: t`ждёт оплаты`,
    confirmed: t`оплачен, записываем на счёт`,
    posted: t`записан на счёт`,
    closed: t`не прошёл`,
    review: t`проверяет сотрудник`,
  }
  const back = { none: undefined, part: t`возвращён частично`, whole: t`возвращён` }
  const { number } = payment
  return (
    <li className={rows.item}>
      <Link href={`/payments/${payment.id}`} className={rows.row} data-guide={`payments.row.${String(number)}`}>
        <span className={rows.what}>
          <Trans>Платёж № {number}</Trans>
        </span>
        <span className={rows.amount}>
          <Money amount={payment.amount} currency={payment.currency} />
        </span>
        <span className={rows.under}>
          <Moment at={payment.accepted_at} />
          {way && (
            <>
              {' · '}
              <WayName method={way} />
            </>
          )}
        </span>
        <span className={rows.state} data-tone={TONES[payment.state]}>
          {back[returned(payment)] ?? words[payment.state]}
        </span>
      </Link>
    </li>
  )
}

const BONES = 5

function Bones() {
  return (
    <>
      <Loading />
      <ul className={rows.list} aria-hidden="true">
        {Array.from({ length: BONES }, (_, index) => (
          <li key={index} className={rows.item}>
            <span className={rows.row}>
              <span className={rows.what}>
                <Bone characters={12} />
              </span>
              <span className={rows.amount}>
                <Bone characters={8} />
              </span>
              <span className={rows.under}>
                <Bone characters={16} />
              </span>
              <span className={rows.state}>
                <Bone characters={10} />
              </span>
            </span>
          </li>
        ))}
      </ul>
    </>
  )
}

import { Trans, useLingui } from '@lingui/react/macro'
import { useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { useParams } from 'wouter'
import { Bone, Loading } from '../../../kit/pane/bone.tsx'
import { Pane } from '../../../kit/pane/frame.tsx'
import { useClock } from '../../../kit/time/clock.tsx'
import { usePayment } from '../../data/payments.ts'
import { keys } from '../../data/queries.ts'
import { useLive } from '../../data/stream/live-data.tsx'
import type { Payment } from '../../data/types.ts'
import { FaultMessage } from '../../parts/fault-message.tsx'
import { Screen } from '../../parts/screen.tsx'
import { PaymentPane } from './payment-pane.tsx'
import styles from './payment.module.css'

/** C9 and C11: leaving for the payment system, coming back, and what has become of the money, without a reload. */
export function PaymentScreen() {
  const { t } = useLingui()
  const { id = '' } = useParams()
  const { since, again } = useSince()
  const payment = usePayment(id, since)
  useNews(payment.data, again)
  const data = payment.data
  const number = data?.number
  const title = number === undefined ? t`Платёж` : t`Платёж № ${number}`
  if (!data && payment.error) {
    return (
      <Screen guide="screen.payment.away" title={title} layout="single" wall="dark">
        <Pane guide="payment.fault">
          <FaultMessage
            place="payment.fault"
            title={t`Платёж не загрузился`}
            missing={[t`Такого платежа здесь нет`, t`Возможно, ссылка устарела. Все платежи есть в разделе «Платежи».`]}
            level={1}
            error={payment.error}
            onRetry={() => {
              void payment.refetch()
            }}
          />
        </Pane>
      </Screen>
    )
  }
  if (!data) return <Bones title={title} />
  return (
    <Screen guide="screen.payment" title={title} layout="single" wall={data.state === 'posted' ? 'lit' : 'dark'}>
      <PaymentPane key={data.id} payment={data} away={payment.isRefetchError} onAgain={again} />
    </Screen>
  )
}

/** When something last happened to the payment here: from then on it is asked about often, later ever more seldom. */
function useSince() {
  const clock = useClock()
  const [since, setSince] = useState(clock)
  useEffect(() => {
    const look = () => {
      if (document.visibilityState === 'visible') setSince(clock())
    }
    document.addEventListener('visibilitychange', look)
    return () => {
      document.removeEventListener('visibilitychange', look)
    }
  }, [clock])
  return {
    since,
    again: () => {
      setSince(clock())
    },
  }
}

/** Fresh data of an account that is paid is news of the payment too: it is asked about at once. */
function useNews(payment: Payment | undefined, onNews: () => void): void {
  const client = useQueryClient()
  const { arrivals } = useLive()
  const news = payment?.shares.reduce((sum, share) => sum + (arrivals.get(share.account) ?? 0), 0) ?? 0
  const [heard, setHeard] = useState(news)
  if (news !== heard) {
    setHeard(news)
    onNews()
  }
  const id = payment?.id
  useEffect(() => {
    if (news > 0 && id !== undefined) void client.invalidateQueries({ queryKey: keys.payment(id) })
  }, [news, id, client])
}

function Bones({ title }: { title: string }) {
  return (
    <Screen guide="screen.payment.loading" title={title} layout="single" wall="dark">
      <Pane guide="payment.loading" aria-busy="true">
        <Loading />
        <div className={styles.payment}>
          <div className={styles.figure}>
            <p className={styles.name}>
              <Bone characters={14} />
            </p>
            <p className={styles.word}>
              <Bone characters={16} />
            </p>
            <p className={styles.sum}>
              <Bone characters={9} />
            </p>
          </div>
          <p>
            <Trans>Узнаём, что с платежом</Trans>
          </p>
        </div>
      </Pane>
    </Screen>
  )
}

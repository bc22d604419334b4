import { Trans, useLingui } from '@lingui/react/macro'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Money } from '../../../kit/money/money.tsx'
import { Pane } from '../../../kit/pane/frame.tsx'
import { Note } from '../../../kit/pane/message.tsx'
import { Fault } from '../../data/api.ts'
import { useApi } from '../../data/context.tsx'
import { returned, usePayMethods } from '../../data/payments.ts'
import { keys, useOverview } from '../../data/queries.ts'
import type { Payment, PaymentState } from '../../data/types.ts'
import { Go } from '../../parts/go.tsx'
import { WayName } from '../../parts/way-name.tsx'
import { AskUs, useOpenWord } from './checking.tsx'
import { Closed } from './closed.tsx'
import { Leaving } from './leaving.tsx'
import styles from './payment.module.css'
import { ReceiptLine } from './receipt-line.tsx'
import { Steps } from './steps.tsx'
import { useLeaving, type Wait } from './use-leaving.ts'

export const TONES: Record<PaymentState, 'waiting' | 'paid' | 'error'> = {
  accepted: 'waiting',
  confirmed: 'paid',
  posted: 'paid',
  closed: 'error',
  review: 'waiting',
}

interface PaymentPaneProps {
  payment: Payment
  /** The server did not answer the last time: what is shown is as old as the answer before. */
  away: boolean
  onAgain: () => void
}

export function PaymentPane({ payment, away, onAgain }: PaymentPaneProps) {
  const { state } = payment
  const { leaving, wait, stay, leaveAgain } = useLeaving(payment)
  const retry = useRetry(payment.id, () => {
    onAgain()
    leaveAgain()
  })
  return (
    <Pane guide="payment" light={state === 'posted' ? 1 : 0}>
      <div className={styles.payment}>
        <Head payment={payment} wait={wait} />
        {state === 'closed' ? (
          <Closed payment={payment} retry={retry} />
        ) : (
          <>
            {state === 'accepted' && <Leaving payment={payment} leaving={leaving} wait={wait} onStay={stay} />}
            {state === 'review' && <Review payment={payment} />}
            {!leaving && <Steps payment={payment} />}
          </>
        )}
        {away && (
          <Note tone="waiting" icon="offline" live>
            <Trans>Сервер не отвечает, спросим ещё раз сами. С платежом от этого ничего не случится.</Trans>
          </Note>
        )}
        <Shares payment={payment} />
        <ReceiptLine payment={payment} />
        {(state === 'posted' || state === 'confirmed') && (
          <p className={styles.actions}>
            <Go guide="payment.overview" to="/">
              <Trans>Перейти к обзору</Trans>
            </Go>
            <Go guide="payment.all" to="/payments">
              <Trans>Все платежи</Trans>
            </Go>
          </p>
        )}
      </div>
    </Pane>
  )
}

function Head({ payment, wait }: { payment: Payment; wait: Wait }) {
  const { t } = useLingui()
  const way = usePayMethods().data?.find((method) => method.id === payment.method)
  const isBack = returned(payment) === 'whole'
  const words: Record<PaymentState, string> = {
    accepted: useOpenWord(payment, wait),
    confirmed: isBack ? t`Деньги возвращены` : t`Оплачено, записываем на счёт`,
    posted: isBack ? t`Деньги возвращены` : t`Оплачено`,
    closed: payment.ended === 'expired' ? t`Время на оплату вышло` : t`Платёж не прошёл`,
    review: t`Платёж проверяет сотрудник`,
  }
  const { number } = payment
  return (
    <div className={styles.figure}>
      <p className={styles.name}>
        <Trans>Платёж № {number}</Trans>
        {way && (
          <>
            {' · '}
            <WayName method={way} />
          </>
        )}
      </p>
      <h1 className={styles.word} data-tone={TONES[payment.state]} role="status">
        {words[payment.state]}
      </h1>
      <p className={styles.sum}>
        <Money amount={payment.amount} currency={payment.currency} size="balance" />
      </p>
    </div>
  )
}

export function Review({ payment }: { payment: Payment }) {
  return (
    <>
      <p className={styles.lead}>
        <Trans>
          Платёжная система сообщила не ту сумму, которую мы ждали. Деньги не потеряются: сотрудник сверит их, и итог
          появится здесь. Платить второй раз не нужно.
        </Trans>
      </p>
      <AskUs payment={payment} />
    </>
  )
}

/** What goes to which account, when there are several. */
function Shares({ payment }: { payment: Payment }) {
  const accounts = useOverview(undefined).data?.accounts ?? []
  if (payment.shares.length < 2) return null
  return (
    <ul className={styles.shares}>
      {payment.shares.map((share) => {
        const line = accounts.find((each) => each.account === share.account)
        return (
          <li key={share.account} className={styles.share}>
            <span>
              {line?.title} {line && <>···&nbsp;{line.tail}</>}
            </span>
            <Money amount={share.amount} currency={payment.currency} />
            {payment.state === 'confirmed' && (
              <span className={styles.shareWord}>
                {share.posted ? <Trans>записано на счёт</Trans> : <Trans>записываем</Trans>}
              </span>
            )}
          </li>
        )
      })}
    </ul>
  )
}

function useRetry(id: string, onStarted: () => void) {
  const api = useApi()
  const client = useQueryClient()
  const look = () => client.invalidateQueries({ queryKey: keys.payment(id) })
  return useMutation({
    mutationFn: () => api.payAgain(id),
    onSuccess: () => {
      onStarted()
      return look()
    },
    onError: (error) => {
      // Another tab was first: the page shows what has come of it.
      if (error instanceof Fault && error.code === 'wrong-step') return look()
      return undefined
    },
  })
}

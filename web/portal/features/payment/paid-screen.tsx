import { Trans, useLingui } from '@lingui/react/macro'
import { useState } from 'react'
import { useParams } from 'wouter'
import { Button } from '../../../kit/controls/button.tsx'
import { Money } from '../../../kit/money/money.tsx'
import { Bone, Loading } from '../../../kit/pane/bone.tsx'
import { Pane } from '../../../kit/pane/frame.tsx'
import { Message, Note } from '../../../kit/pane/message.tsx'
import { useClock } from '../../../kit/time/clock.tsx'
import { Fault } from '../../data/api.ts'
import { useWorld } from '../../data/context.tsx'
import { useOpenPayment } from '../../data/roads.ts'
import type { OpenPayment, Payment, PaymentState } from '../../data/types.ts'
import { FaultMessage } from '../../parts/fault-message.tsx'
import { tokenOf } from '../../parts/link-token.ts'
import { Screen } from '../../parts/screen.tsx'
import { useOpenWord } from './checking.tsx'
import { useReason } from './closed.tsx'
import { Leaving } from './leaving.tsx'
import { Review, TONES } from './payment-pane.tsx'
import styles from './payment.module.css'
import { Steps } from './steps.tsx'
import { useLeaving, type Wait } from './use-leaving.ts'

/** Where somebody comes back to who paid by a link: how far his money is, and nothing of whose account it is for. */
export default function PaidScreen() {
  const { t } = useLingui()
  const { id = '' } = useParams()
  const clock = useClock()
  const [since] = useState(clock)
  const payment = useOpenPayment(id, since)
  const title = t`Оплата по ссылке`
  if (payment.data) {
    return (
      <Screen guide="screen.paid" title={title} layout="single" wall={payment.data.state === 'posted' ? 'lit' : 'dark'}>
        <PaidPane key={payment.data.id} open={payment.data} away={payment.isRefetchError} />
      </Screen>
    )
  }
  if (payment.error instanceof Fault && (payment.error.status === 404 || payment.error.status === 400)) {
    return (
      <Screen guide="screen.paid.none" title={title} layout="single" wall="dark">
        <Pane guide="paid.none">
          <Message title={t`Такого платежа здесь нет`} level={1}>
            <p>
              <Trans>Возможно, адрес скопирован не целиком. Если вы платили из своего кабинета, войдите в него.</Trans>
            </p>
          </Message>
        </Pane>
      </Screen>
    )
  }
  return (
    <Screen guide="screen.paid.wait" title={title} layout="single" wall="dark">
      <Pane guide="paid.wait" aria-busy={payment.error === null || undefined}>
        {payment.error ? (
          <FaultMessage
            place="paid.fault"
            title={t`Платёж не загрузился`}
            level={1}
            error={payment.error}
            onRetry={() => {
              void payment.refetch()
            }}
          />
        ) : (
          <>
            <Loading />
            <div className={styles.payment}>
              <p className={styles.figure}>
                <Bone characters={14} />
              </p>
            </div>
          </>
        )}
      </Pane>
    </Screen>
  )
}

/** The same steps as of a customer's own payment; there are no accounts and no way of his to name. */
function asPayment(open: OpenPayment): Payment {
  return { ...open, method: '', refunded: '0', shares: [], returns: [], moves: [], receipt: null }
}

function PaidPane({ open, away }: { open: OpenPayment; away: boolean }) {
  const payment = asPayment(open)
  const { state } = payment
  const { leaving, wait, stay } = useLeaving(payment)
  return (
    <Pane guide="paid" light={state === 'posted' ? 1 : 0}>
      <div className={styles.payment}>
        <Head open={open} wait={wait} />
        {state === 'closed' ? (
          <Closed payment={payment} />
        ) : (
          <>
            {state === 'accepted' && <Leaving payment={payment} leaving={leaving} wait={wait} onStay={stay} open />}
            {state === 'review' && <Review payment={payment} />}
            {!leaving && <Steps payment={payment} />}
          </>
        )}
        {(state === 'confirmed' || state === 'posted') && (
          <p className={styles.lead}>
            <Trans>Спасибо! Страницу можно закрыть.</Trans>
          </p>
        )}
        {away && (
          <Note tone="waiting" icon="offline" live>
            <Trans>Сервер не отвечает, спросим ещё раз сами. С платежом от этого ничего не случится.</Trans>
          </Note>
        )}
      </div>
    </Pane>
  )
}

function Head({ open, wait }: { open: OpenPayment; wait: Wait }) {
  const { t } = useLingui()
  const words: Record<PaymentState, string> = {
    accepted: useOpenWord(open, wait),
    confirmed: t`Оплачено, записываем на счёт`,
    posted: t`Оплачено`,
    closed: open.ended === 'expired' ? t`Время на оплату вышло` : t`Платёж не прошёл`,
    review: t`Платёж проверяет сотрудник`,
  }
  const { number, company } = open
  return (
    <div className={styles.figure}>
      <p className={styles.name}>
        <Trans>
          {company}, платёж № {number}
        </Trans>
      </p>
      <h1 className={styles.word} data-tone={TONES[open.state]} role="status">
        {words[open.state]}
      </h1>
      <p className={styles.sum}>
        <Money amount={open.amount} currency={open.currency} size="balance" />
      </p>
    </div>
  )
}

function Closed({ payment }: { payment: Payment }) {
  const reason = useReason(payment)
  const { leave } = useWorld()
  const [token] = useState(() => tokenOf(payment.id))
  return (
    <>
      <div className={styles.lead}>
        <p>{reason}</p>
        <p>
          <Trans>Денег мы не получили. Если банк их всё же спишет, мы увидим это и запишем на счёт сами.</Trans>
        </p>
        {token === null && (
          <p>
            <Trans>Чтобы попробовать ещё раз, откройте ссылку, которую вам прислали.</Trans>
          </p>
        )}
      </div>
      {token !== null && (
        <p className={styles.actions}>
          <Button
            guide="paid.again"
            look="main"
            onClick={() => {
              leave(`/l#${token}`)
            }}
          >
            <Trans>Попробовать ещё раз</Trans>
          </Button>
        </p>
      )}
    </>
  )
}

import { Trans, useLingui } from '@lingui/react/macro'
import type { UseMutationResult } from '@tanstack/react-query'
import { Button } from '../../../kit/controls/button.tsx'
import { Note } from '../../../kit/pane/message.tsx'
import { Fault } from '../../data/api.ts'
import type { Payment, Started } from '../../data/types.ts'
import { Go } from '../../parts/go.tsx'
import { ServiceAway } from '../../parts/service-away.tsx'
import { withAccount } from '../../parts/use-account.ts'
import styles from './payment.module.css'

interface ClosedProps {
  payment: Payment
  retry: UseMutationResult<Started, Error, void>
}

/** Nothing came of it: why, what it means for the money, and the way on. */
export function Closed({ payment, retry }: ClosedProps) {
  const reason = useReason(payment)
  const fault = retry.error instanceof Fault ? retry.error : null
  const [first] = payment.shares
  return (
    <>
      <div className={styles.lead}>
        <p>{reason}</p>
        <p>
          <Trans>Денег мы не получили. Если банк их всё же спишет, мы увидим это и запишем на счёт сами.</Trans>
        </p>
      </div>
      <p className={styles.actions}>
        <Button
          guide="payment.again"
          look="main"
          busy={retry.isPending}
          onClick={() => {
            retry.mutate()
          }}
        >
          <Trans>Попробовать ещё раз</Trans>
        </Button>
        <Go guide="payment.other" to={withAccount('/pay', payment.shares.length === 1 ? first?.account : undefined)}>
          <Trans>Изменить сумму или способ</Trans>
        </Go>
      </p>
      {fault && <Refused fault={fault} />}
    </>
  )
}

function Refused({ fault }: { fault: Fault }) {
  if (fault.code === 'unknown-method') {
    return (
      <Note tone="error" icon="warning" live>
        <Trans>Этим способом заплатить уже нельзя. Выберите другой.</Trans>
      </Note>
    )
  }
  if (fault.status === 429) {
    return (
      <Note tone="waiting" icon="clock" live>
        <Trans>Слишком много попыток подряд. Подождите минуту и нажмите ещё раз.</Trans>
      </Note>
    )
  }
  return fault.code === 'wrong-step' ? null : <ServiceAway fault={fault} />
}

/** Why a card was refused, in the words that every adapter says it in -> what a person can do about it. */
export function useReason({ ended, reason }: Payment): string {
  const { t } = useLingui()
  if (ended === 'expired') return t`Страница оплаты ждала полчаса и закрылась.`
  if (ended === 'cancelled') return t`Платёж отменили, не закончив.`
  switch (reason) {
    case 'insufficient_funds':
      return t`Банк сообщил, что на карте не хватает денег. Пополните её или заплатите другой картой.`
    case 'card_expired':
      return t`Срок действия карты вышел. Заплатите другой картой.`
    case 'invalid_card_number':
    case 'invalid_csc':
      return t`Банк не узнал номер карты или код на обороте. Проверьте их и попробуйте ещё раз.`
    case 'authentication_required':
      return t`Банк просит подтвердить платёж, а сделать это можете только вы. Попробуйте ещё раз сами.`
    case '3d_secure_failed':
      return t`Банк не дождался подтверждения по СМС или в приложении. Попробуйте ещё раз.`
    case 'issuer_unavailable':
      return t`Банк, выпустивший карту, сейчас не отвечает. Попробуйте позже или заплатите другой картой.`
    case 'payment_method_limit_exceeded':
      return t`По карте исчерпан лимит платежей. Измените его в приложении банка или заплатите другой картой.`
    case 'fraud_suspected':
    case 'call_issuer':
      return t`Банк остановил платёж ради вашей безопасности. Позвоните в банк или заплатите другой картой.`
    case 'payment_method_restricted':
    case 'country_forbidden':
      return t`Банк не разрешает платить этой картой в интернете. Заплатите другой картой.`
    default:
      return t`Банк или платёжная система не провели платёж и не сказали почему. Попробуйте ещё раз или другим способом.`
  }
}

import { Trans, useLingui } from '@lingui/react/macro'
import type { Payment } from '../../data/types.ts'
import { CopiedCode } from '../../parts/copied-code.tsx'
import styles from './payment.module.css'
import type { Wait } from './use-leaving.ts'

/** What is said of a payment of which nothing is known yet. */
export function useOpenWord({ go }: Pick<Payment, 'go'>, { back, late }: Wait): string {
  const { t } = useLingui()
  if (back) return late ? t`Подтверждения пока нет` : t`Проверяем оплату…`
  return go ? t`Ждём оплаты` : t`Готовим оплату`
}

/** C11: back from the payment system's page, whose word has not come yet. */
export function Checking() {
  return (
    <p className={styles.lead}>
      <Trans>Спрашиваем у платёжной системы, прошла ли оплата. Обычно это меньше минуты. Второй раз платить не нужно.</Trans>
    </p>
  )
}

interface LateProps {
  payment: Payment
  /** Nobody is signed in: there is no list to find the payment in. */
  open: boolean
}

/** C11, after its bound: what is known, what becomes of the money, where its end will be seen. */
export function Late({ payment, open }: LateProps) {
  const contact = payment.receipt?.contact
  return (
    <>
      <div className={styles.lead}>
        <p>
          <Trans>Платёжная система ещё не сообщила, прошла ли оплата. Мы спрашиваем её дальше сами.</Trans>
        </p>
        <p>
          <Trans>Если вы заплатили, деньги не потеряются: подтверждение придёт, и мы запишем их на счёт. Второй раз платить не нужно.</Trans>
        </p>
        <p>
          {open ? (
            <Trans>Страницу можно закрыть. Итог появится здесь же, по этому адресу.</Trans>
          ) : (
            <Trans>Страницу можно закрыть. Итог появится здесь и в разделе «Платежи».</Trans>
          )}
          {contact && (
            <>
              {' '}
              <Trans>Когда оплата подтвердится, чек придёт на {contact}.</Trans>
            </>
          )}
        </p>
      </div>
      <AskUs payment={payment} />
    </>
  )
}

/** For whom that is not enough: what to name when he calls. */
export function AskUs({ payment }: { payment: Payment }) {
  return (
    <div className={styles.ask}>
      <p>
        <Trans>Остались вопросы? Позвоните нам и назовите номер платежа.</Trans>
      </p>
      <CopiedCode label={<Trans>Номер платежа:</Trans>} code={String(payment.number)} guide="payment.number" />
    </div>
  )
}

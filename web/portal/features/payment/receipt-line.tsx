import { Trans } from '@lingui/react/macro'
import { Note } from '../../../kit/pane/message.tsx'
import { Moment } from '../../../kit/time/moments.tsx'
import type { Payment, Receipt } from '../../data/types.ts'
import styles from './payment.module.css'

/** The fiscal receipt of a payment: on its way, or with the numbers that a tax office checks it by. */
export function ReceiptLine({ payment }: { payment: Payment }) {
  const { receipt, state } = payment
  if (!receipt || (state !== 'confirmed' && state !== 'posted')) return null
  const { contact } = receipt
  if (receipt.state === 'failed') {
    return (
      <Note tone="waiting" icon="clock">
        <Trans>Касса платёжной системы не выдала чек с первого раза. Мы об этом знаем; он придёт на {contact} позже.</Trans>
      </Note>
    )
  }
  return (
    <div className={styles.receipt} data-guide="payment.receipt">
      {receipt.state === 'registered' ? (
        <Registered receipt={receipt} />
      ) : (
        <p>
          <Trans>Чек придёт на {contact}</Trans>
        </p>
      )}
    </div>
  )
}

function Registered({ receipt }: { receipt: Receipt }) {
  const { contact, number, drive, sign, link } = receipt
  return (
    <>
      <p>
        <Trans>Чек отправлен на {contact}</Trans>
      </p>
      <dl className={styles.fiscal}>
        <dt>
          <Trans>Документ (ФД)</Trans>
        </dt>
        <dd>{number}</dd>
        <dt>
          <Trans>Накопитель (ФН)</Trans>
        </dt>
        <dd>{drive}</dd>
        <dt>
          <Trans>Признак (ФП)</Trans>
        </dt>
        <dd>{sign}</dd>
        {receipt.registered_at && (
          <>
            <dt>
              <Trans>Пробит</Trans>
            </dt>
            <dd>
              <Moment at={receipt.registered_at} />
            </dd>
          </>
        )}
      </dl>
      {link !== '' && (
        <a href={link} rel="noreferrer" target="_blank" data-guide="payment.receipt.copy">
          <Trans>Посмотреть чек</Trans>
        </a>
      )}
    </>
  )
}

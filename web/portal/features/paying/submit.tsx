import { Trans } from '@lingui/react/macro'
import { Button } from '../../../kit/controls/button.tsx'
import { addAmounts, signOf } from '../../../kit/money/amount.ts'
import { Money } from '../../../kit/money/money.tsx'
import { Note } from '../../../kit/pane/message.tsx'
import type { Fault } from '../../data/api.ts'
import { ServiceAway } from '../../parts/service-away.tsx'
import { WaitWord } from '../../parts/wait-word.tsx'
import type { Option } from './options.ts'
import { feeOf } from './price.ts'
import styles from './paying.module.css'

/** Refusals that stand beside what they speak of. */
const ELSEWHERE = new Set(['wrong-amount', 'account-closed', 'not-found', 'unknown-method', 'wrong-currency', 'card-expired', 'card-gone', 'wrong-contact'])

interface SubmitProps {
  /** Whom one pays: seen before one leaves for another page. */
  payee: string | null | undefined
  option: Option
  total: string
  fits: boolean
  busy: boolean
  fault: Fault | null
  /** Seconds until the server listens again. */
  wait: number | null
}

/** What will be taken in all, and the one button. */
export function Submit({ payee, option, total, fits, busy, fault, wait }: SubmitProps) {
  const { method: way, card } = option
  const isSome = signOf(total) > 0
  const fee = isSome ? feeOf(way, total) : '0'
  const money = <Money amount={addAmounts(total, fee)} currency={way.currency} />
  return (
    <div className={styles.submit}>
      {isSome && (
        <dl className={styles.sum}>
          {payee && (
            <>
              <dt className={styles.part}>
                <Trans>Получатель</Trans>
              </dt>
              <dd className={styles.part}>{payee}</dd>
            </>
          )}
          <dt>
            <Trans>Всего спишется</Trans>
          </dt>
          <dd>{money}</dd>
          {signOf(fee) > 0 && (
            <>
              <dt className={styles.part}>
                <Trans>из них комиссия платёжной системы</Trans>
              </dt>
              <dd className={styles.part}>
                <Money amount={fee} currency={way.currency} />
              </dd>
            </>
          )}
        </dl>
      )}
      <Button guide="pay.submit" look="main" type="submit" busy={busy} disabled={wait !== null || (isSome && !fits)}>
        {wait !== null ? <WaitWord seconds={wait} /> : card ? <Trans>Заплатить</Trans> : <Trans>Перейти к оплате</Trans>}
      </Button>
      {wait !== null && (
        <Note tone="waiting" icon="clock" live>
          <Trans>Слишком много попыток подряд. Сделаем короткий перерыв, введённое останется на месте.</Trans>
        </Note>
      )}
      {fault?.code === 'key-taken' ? (
        <Note tone="error" icon="warning" live>
          <Trans>Этот платёж уже начат с другой суммой. Нажмите ещё раз, и мы начнём новый.</Trans>
        </Note>
      ) : (
        fault && fault.status !== 429 && !ELSEWHERE.has(fault.code) && <ServiceAway fault={fault} />
      )}
      <p className={styles.safe}>
        {card ? (
          <Trans>Спишем сразу. Если банк захочет подтверждения, откроется его страница.</Trans>
        ) : (
          <Trans>Данные карты спросит страница платёжной системы. Мы их не видим и не храним.</Trans>
        )}
      </p>
    </div>
  )
}

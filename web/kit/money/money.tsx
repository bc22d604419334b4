import { useLingui } from '@lingui/react/macro'
import type { CSSProperties } from 'react'
import { useView } from '../view/view-store.ts'
import type { Sum } from './amount.ts'
import { amountParts, amountText, MINUS, signOf } from './amount.ts'
import styles from './money.module.css'

interface MoneyProps extends Sum {
  /** `none` when a word beside it gives the direction; `customer` shows + for what the customer gains. */
  sign?: 'none' | 'customer'
  size?: 'text' | 'balance'
  tone?: 'plain' | 'owed' | 'paid'
}

/**
 * One amount. The wire's sign says what the customer owes; people read it from their side, so a payment (-100.00 on the
 * wire) is shown as "+ 100,00 ₽". Hidden amounts leave no digit in the document at all: not in a title, not on paper.
 */
export function Money({ amount, currency, sign = 'none', size = 'text', tone = 'plain' }: MoneyProps) {
  const { t, i18n } = useLingui()
  const { hidden } = useView()
  const direction = sign === 'customer' ? signOf(amount) : 0
  const mark = direction === 0 ? '' : `${direction > 0 ? MINUS : '+'}\u00a0`
  if (hidden) {
    return (
      <span className={styles.money} data-size={size} data-amount="hidden">
        <span aria-hidden="true" className={styles.dots}>
          •••
        </span>
        <span className={styles.spoken}>{t`сумма скрыта`}</span>
      </span>
    )
  }
  const parts = amountParts({ amount, currency }, i18n.locale)
  const text = amountText({ amount, currency }, i18n.locale)
  const spoken = direction === 0 ? text : direction > 0 ? t`минус ${text}` : t`плюс ${text}`
  const width = { '--characters': String(text.length + mark.length) } as CSSProperties
  return (
    <span className={styles.money} data-size={size} data-tone={tone} data-amount={amount} style={width}>
      <span className={styles.spoken}>{spoken}</span>
      <span aria-hidden="true" className={styles.printed}>
        {mark}
        {parts.currencyFirst && parts.currency}
        {parts.whole}
        <span className={styles.kopecks}>
          {parts.fraction}
          {!parts.currencyFirst && `\u00a0${parts.currency}`}
        </span>
      </span>
    </span>
  )
}

import { Trans, useLingui } from '@lingui/react/macro'
import { Icon } from '../../../kit/icons/icon.tsx'
import { Moment } from '../../../kit/time/moments.tsx'
import type { Payment } from '../../data/types.ts'
import styles from './payment.module.css'

/** How far the money has come, each step with its time: nothing is called done before somebody has said so. */
export function Steps({ payment }: { payment: Payment }) {
  const { t } = useLingui()
  const steps = [
    [t`Платёж принят`, payment.accepted_at],
    [t`Деньги у платёжной системы`, payment.confirmed_at],
    [t`Записано на счёт`, payment.posted_at],
  ] as const
  const next = steps.findIndex(([, at]) => at === null)
  return (
    <ol className={styles.steps} data-guide="payment.steps">
      {steps.map(([word, at], index) => (
        <li key={word} className={styles.step} data-state={at ? 'done' : index === next ? 'next' : 'later'}>
          <span className={styles.mark}>{at && <Icon name="done" />}</span>
          <span>{word}</span>
          <span className={styles.when}>{at ? <Moment at={at} /> : index === next && <Trans>ждём</Trans>}</span>
        </li>
      ))}
    </ol>
  )
}

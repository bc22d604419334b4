import { Trans } from '@lingui/react/macro'
import { timerText } from '../../kit/time/people-time.ts'
import styles from './way-in.module.css'

/** In place of a button's word while it has to wait: when it may be pressed again. */
export function WaitWord({ seconds }: { seconds: number }) {
  const timer = timerText(seconds)
  return (
    <span className={styles.timer}>
      <Trans>Можно через {timer}</Trans>
    </span>
  )
}

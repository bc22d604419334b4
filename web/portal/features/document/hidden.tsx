import { Trans } from '@lingui/react/macro'
import { Button } from '../../../kit/controls/button.tsx'
import { setView } from '../../../kit/view/view-store.ts'
import styles from './document.module.css'

/** Whoever hides his sums sees no paper with sums either, until he says so. */
export function Hidden() {
  return (
    <div className={styles.asked}>
      <p>
        <Trans>Вы скрыли суммы, поэтому документ не показан.</Trans>
      </p>
      <Button
        guide="document.show-amounts"
        icon="eye"
        onClick={() => {
          setView({ hidden: false })
        }}
      >
        <Trans>Показать суммы</Trans>
      </Button>
    </div>
  )
}

import { Trans } from '@lingui/react/macro'
import { Daylight } from '../../kit/pane/daylight.tsx'
import { Pane } from '../../kit/pane/frame.tsx'
import { Screen } from '../parts/screen.tsx'
import styles from './waiting.module.css'

/** The frame is there at once; its pane waits for the server's first word, and says so when that is late. */
export function Waiting() {
  return (
    <Screen guide="screen.waiting" title={document.title} layout="single">
      <Pane guide="waiting" aria-busy="true">
        <div className={styles.late} role="status">
          <Daylight size="sign" lit={false} />
          <Trans>Открываем кабинет</Trans>
        </div>
      </Pane>
    </Screen>
  )
}

import { Trans } from '@lingui/react/macro'
import { useSyncExternalStore } from 'react'
import { Icon } from '../../../kit/icons/icon.tsx'
import { useSecondsLeft } from '../../../kit/time/clock.tsx'
import { useLive } from '../../data/stream/live-data.tsx'
import styles from './connection-chip.module.css'
import { useAwaySince } from './use-away-since.ts'

/** A line that is back within this time was never worth a word. */
const PATIENCE_MS = 3_000

function follow(listener: () => void): () => void {
  addEventListener('online', listener)
  addEventListener('offline', listener)
  return () => {
    removeEventListener('online', listener)
    removeEventListener('offline', listener)
  }
}

/** Says that nothing fresh arrives, and says nothing while all is well. What the page shows stays as it is. */
export function ConnectionChip() {
  const online = useSyncExternalStore(follow, () => navigator.onLine)
  const { state } = useLive()
  const since = useAwaySince(state === 'away')
  const patience = useSecondsLeft(since === null ? null : since + PATIENCE_MS)
  const shown = !online ? 'offline' : patience === 0 ? 'away' : null
  return (
    <div role="status" className={styles.place} data-guide="connection">
      {shown && (
        <span className={styles.chip} data-state={shown}>
          <Icon name={shown === 'offline' ? 'offline' : 'again'} />
          {shown === 'offline' ? <Trans>Нет сети</Trans> : <Trans>Соединяемся</Trans>}
        </span>
      )}
    </div>
  )
}

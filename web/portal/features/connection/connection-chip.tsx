import { Trans } from '@lingui/react/macro'
import { Icon } from '../../../kit/icons/icon.tsx'
import { useConnection } from '../../parts/use-connection.ts'
import styles from './connection-chip.module.css'

/** Says that nothing fresh arrives, and says nothing while all is well. What the page shows stays as it is. */
export function ConnectionChip() {
  const shown = useConnection()
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

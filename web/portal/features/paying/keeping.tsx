import { Trans } from '@lingui/react/macro'
import { Switch } from '../../../kit/controls/switch.tsx'
import { ContactField } from '../../parts/contact-field.tsx'
import type { Option } from './options.ts'
import styles from './paying.module.css'

interface KeepingProps {
  option: Option
  contact: string
  /** The address of the receipt has to be typed again. */
  wrong: boolean
  onContact: (text: string) => void
  /** Whoever is not known here keeps no card. */
  keeps?: { saves: boolean; onSave: (on: boolean) => void }
}

/** What is asked before one leaves: where the receipt goes, and whether the card may be kept. Neither is guessed. */
export function Keeping({ option, contact, wrong, onContact, keeps }: KeepingProps) {
  const { method, card } = option
  if (method.receipt.length === 0 && !(keeps && method.saves && !card)) return null
  return (
    <div className={styles.keeping}>
      {method.receipt.length > 0 && (
        <ContactField guide="pay.contact" kinds={method.receipt} value={contact} wrong={wrong} onType={onContact} />
      )}
      {keeps && method.saves && !card && (
        <div className={styles.save}>
          <Switch guide="pay.save" on={keeps.saves} onSwitch={keeps.onSave}>
            <Trans>Запомнить карту</Trans>
          </Switch>
          <p className={styles.safe}>
            <Trans>Номер карты останется у платёжной системы. Удалить карту можно в любой момент.</Trans>
          </p>
        </div>
      )}
    </div>
  )
}

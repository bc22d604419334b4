import { Trans, useLingui } from '@lingui/react/macro'
import { Field } from '../../../kit/controls/field.tsx'
import { Switch } from '../../../kit/controls/switch.tsx'
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
  const { t } = useLingui()
  const { method, card } = option
  const [email, phone] = [method.receipt.includes('email'), method.receipt.includes('phone')]
  const label = email && phone ? t`Почта или телефон для чека` : email ? t`Почта для чека` : t`Телефон для чека`
  const again = email && phone ? t`Напишите почту или мобильный телефон: туда придёт чек` : email ? t`Напишите почту: туда придёт чек` : t`Напишите мобильный телефон: туда придёт чек`
  if (method.receipt.length === 0 && !(keeps && method.saves && !card)) return null
  return (
    <div className={styles.keeping}>
      {method.receipt.length > 0 && (
        <Field
          guide="pay.contact"
          label={label}
          name="contact"
          value={contact}
          inputMode={email ? 'email' : 'tel'}
          autoComplete={email ? 'email' : 'tel'}
          autoCapitalize="off"
          spellCheck={false}
          error={wrong ? again : undefined}
          onChange={(event) => {
            onContact(event.target.value)
          }}
        />
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

import { useLingui } from '@lingui/react/macro'
import { Field } from '../../kit/controls/field.tsx'
import type { PayMethod } from '../data/types.ts'

interface ContactFieldProps {
  guide: string
  /** To what the receipt may be sent. */
  kinds: PayMethod['receipt']
  value: string
  /** It has to be typed again. */
  wrong: boolean
  onType: (text: string) => void
}

/** Where the receipt goes: the law lets the payer say it before he pays. */
export function ContactField({ guide, kinds, value, wrong, onType }: ContactFieldProps) {
  const { t } = useLingui()
  const [email, phone] = [kinds.includes('email'), kinds.includes('phone')]
  const label = email && phone ? t`Почта или телефон для чека` : email ? t`Почта для чека` : t`Телефон для чека`
  const again =
    email && phone
      ? t`Напишите почту или мобильный телефон: туда придёт чек`
      : email
        ? t`Напишите почту: туда придёт чек`
        : t`Напишите мобильный телефон: туда придёт чек`
  return (
    <Field
      guide={guide}
      label={label}
      name="contact"
      value={value}
      inputMode={email ? 'email' : 'tel'}
      autoComplete={email ? 'email' : 'tel'}
      autoCapitalize="off"
      spellCheck={false}
      error={wrong ? again : undefined}
      onChange={(event) => {
        onType(event.target.value)
      }}
    />
  )
}

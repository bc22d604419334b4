import { useLingui } from '@lingui/react/macro'
import type { KeyboardEvent, ReactNode } from 'react'
import { useState } from 'react'
import { Button } from '../../kit/controls/button.tsx'
import { Field } from '../../kit/controls/field.tsx'

interface PasswordFieldProps {
  guide: string
  label: string
  autoComplete: 'current-password' | 'new-password'
  hint?: ReactNode
  error?: ReactNode
}

/** A password that may be looked at, and a word when Caps Lock is on. */
export function PasswordField({ guide, hint, ...field }: PasswordFieldProps) {
  const { t } = useLingui()
  const [shown, setShown] = useState(false)
  const [caps, setCaps] = useState(false)
  const look = (event: KeyboardEvent) => {
    setCaps(event.getModifierState('CapsLock'))
  }
  return (
    <Field
      {...field}
      guide={guide}
      name="password"
      type={shown ? 'text' : 'password'}
      autoCapitalize="none"
      spellCheck={false}
      hint={caps ? t`Включён Caps Lock` : hint}
      onKeyDown={look}
      onKeyUp={look}
      inside={
        <Button
          guide={`${guide}.show`}
          look="quiet"
          icon={shown ? 'eyeOff' : 'eye'}
          aria-pressed={shown}
          onClick={() => {
            setShown(!shown)
          }}
        >
          {shown ? t`Скрыть` : t`Показать`}
        </Button>
      }
    />
  )
}

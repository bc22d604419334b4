import type { ComponentPropsWithRef, ReactNode } from 'react'
import { useId } from 'react'
import { Icon } from '../icons/icon.tsx'
import styles from './field.module.css'

export interface FieldProps extends Omit<ComponentPropsWithRef<'input'>, 'className' | 'id'> {
  guide: string
  label: string
  /** What helps to fill it in; always there, above any error. */
  hint?: ReactNode
  /** What is wrong and what to do; read aloud when it comes. */
  error?: ReactNode
  /** A button inside the right edge. */
  inside?: ReactNode
  /** `code`: digits apart; `sum`: an amount, the largest thing of its pane. */
  look?: 'text' | 'code' | 'sum'
}

export function Field({ guide, label, hint, error, inside, look = 'text', ...input }: FieldProps) {
  const id = useId()
  const described = [hint ? `${id}-hint` : '', error ? `${id}-error` : ''].filter(Boolean).join(' ')
  return (
    <div className={styles.field} data-look={look}>
      <label className={styles.label} htmlFor={id}>
        {label}
      </label>
      <div className={styles.box}>
        <input
          {...input}
          id={id}
          className={styles.input}
          data-guide={guide}
          data-inside={inside ? true : undefined}
          aria-invalid={error ? true : undefined}
          aria-describedby={described || undefined}
        />
        {inside && <div className={styles.inside}>{inside}</div>}
      </div>
      {hint && (
        <p className={styles.hint} id={`${id}-hint`}>
          {hint}
        </p>
      )}
      <div aria-live="polite">
        {error && (
          <p className={styles.error} id={`${id}-error`}>
            <Icon name="warning" />
            <span>{error}</span>
          </p>
        )}
      </div>
    </div>
  )
}

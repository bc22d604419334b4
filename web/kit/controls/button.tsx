import type { ComponentPropsWithRef, ReactNode } from 'react'
import type { IconName } from '../icons/icon.tsx'
import { Icon } from '../icons/icon.tsx'
import styles from './button.module.css'

export interface ButtonProps extends Omit<ComponentPropsWithRef<'button'>, 'className'> {
  /** Stable id of the control: lessons, tours and browser tests find it by this. */
  guide: string
  /** One `main` a screen; `plain` for the rest; `quiet` where many stand in a row. */
  look?: 'main' | 'plain' | 'quiet'
  icon?: IconName
  /** A phone has room for the word alone. */
  compact?: boolean
  /** The button is at work: it keeps its width and takes no second press. */
  busy?: boolean
  children: ReactNode
}

export function Button({
  guide,
  look = 'plain',
  icon,
  compact = false,
  busy = false,
  children,
  disabled,
  onClick,
  type = 'button',
  ...rest
}: ButtonProps) {
  return (
    <button
      {...rest}
      type={type}
      className={styles.button}
      data-guide={guide}
      data-look={look}
      data-compact={compact || undefined}
      aria-busy={busy || undefined}
      aria-disabled={busy || undefined}
      disabled={disabled}
      onClick={(event) => {
        if (busy) event.preventDefault()
        else onClick?.(event)
      }}
    >
      {icon && <Icon name={icon} />}
      <span className={styles.word}>{children}</span>
    </button>
  )
}

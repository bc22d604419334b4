import type { ReactNode } from 'react'
import styles from './switch.module.css'

interface SwitchProps {
  guide: string
  on: boolean
  onSwitch: (on: boolean) => void
  children: ReactNode
}

export function Switch({ guide, on, onSwitch, children }: SwitchProps) {
  return (
    <label className={styles.switch}>
      <input
        className={styles.input}
        type="checkbox"
        role="switch"
        checked={on}
        data-guide={guide}
        onChange={(event) => {
          onSwitch(event.target.checked)
        }}
      />
      <span className={styles.track} aria-hidden="true" />
      <span>{children}</span>
    </label>
  )
}

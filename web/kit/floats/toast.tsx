import type { ReactNode } from 'react'
import styles from './toast.module.css'

/** A short word that floats above the page and waits there; it is read aloud and takes no focus. */
export function Toast({ children }: { children: ReactNode }) {
  return (
    <div className={styles.place} role="status">
      {children !== null && children !== false && <div className={styles.toast}>{children}</div>}
    </div>
  )
}

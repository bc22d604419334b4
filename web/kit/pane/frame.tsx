import type { ComponentPropsWithRef, ReactNode } from 'react'
import styles from './frame.module.css'

/** The window: one frame; whatever stands in it is divided by hairlines, never floated as cards. */
export function Frame({ children }: { children: ReactNode }) {
  return (
    <div className={styles.outside}>
      <div className={styles.frame}>{children}</div>
    </div>
  )
}

type PaneProps = Omit<ComponentPropsWithRef<'section'>, 'className'> & {
  guide: string
  /** Grid area of the screen that holds it. */
  area?: string
  /** Changes whenever fresh data has arrived: the pane brightens for a moment and settles. */
  light?: number
  /** No room of its own around the content (lists of rows bring theirs). */
  flush?: boolean
}

export function Pane({ guide, area, light = 0, flush = false, children, ...rest }: PaneProps) {
  return (
    <section {...rest} className={styles.pane} data-guide={guide} data-area={area} data-flush={flush || undefined}>
      {light > 0 && <span key={light} className={styles.light} aria-hidden="true" />}
      {children}
    </section>
  )
}

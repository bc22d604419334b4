import type { ReactNode } from 'react'
import { useEffect, useRef } from 'react'
import { Wall } from '../../kit/pane/daylight.tsx'
import styles from './screen.module.css'

interface ScreenProps {
  guide: string
  /** Title of the document: what the tab and the screen reader say. */
  title: string
  layout: 'overview' | 'operations' | 'sign-in' | 'single' | 'pay'
  /** The second sash of a page with one message: light where all is well, none where something failed. */
  wall?: 'lit' | 'dark'
  children: ReactNode
}

/** One screen: names the document and, when the customer comes from another screen, takes the focus. */
export function Screen({ guide, title, layout, wall, children }: ScreenProps) {
  const main = useRef<HTMLElement>(null)
  useEffect(() => {
    document.title = title
  }, [title])
  useEffect(() => {
    const nobodyHasFocus = document.activeElement === null || document.activeElement === document.body
    if (nobodyHasFocus) main.current?.focus({ preventScroll: true })
  }, [guide])
  return (
    <main ref={main} className={styles.screen} data-guide={guide} data-layout={layout} tabIndex={-1}>
      {children}
      {wall && <Wall lit={wall === 'lit'} />}
    </main>
  )
}

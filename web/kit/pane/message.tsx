import type { ReactNode } from 'react'
import type { IconName } from '../icons/icon.tsx'
import { Icon } from '../icons/icon.tsx'
import styles from './message.module.css'

interface MessageProps {
  title: ReactNode
  /** What it means and what to do next. */
  children: ReactNode
  /** Buttons, at most two. */
  actions?: ReactNode
  /** A drawing above the words: an empty place invites. */
  drawing?: ReactNode
  level?: 1 | 2
}

/** Words in the middle of a pane: nothing here yet, nothing found, something failed. */
export function Message({ title, children, actions, drawing, level = 2 }: MessageProps) {
  const Title = level === 1 ? 'h1' : 'h2'
  return (
    <div className={styles.message}>
      {drawing}
      <Title className={styles.title}>{title}</Title>
      <div className={styles.words}>{children}</div>
      {actions && <div className={styles.actions}>{actions}</div>}
    </div>
  )
}

interface NoteProps {
  tone: 'plain' | 'waiting' | 'error'
  icon: IconName
  children: ReactNode
  /** Read it aloud when it appears. */
  live?: boolean
}

/** One line beside what it speaks of. */
export function Note({ tone, icon, children, live = false }: NoteProps) {
  return (
    <p className={styles.note} data-tone={tone} role={live ? (tone === 'error' ? 'alert' : 'status') : undefined}>
      <Icon name={icon} />
      <span>{children}</span>
    </p>
  )
}

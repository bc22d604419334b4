import type { ReactNode } from 'react'
import { useEffect, useId, useRef } from 'react'
import styles from './dialog.module.css'

interface DialogProps {
  guide: string
  title: string
  open: boolean
  /** Esc, or a press outside; without it the dialog waits for one of its buttons. */
  onClose?: () => void
  children: ReactNode
  actions: ReactNode
}

/** The browser's own modal dialog: it keeps the focus, gives it back, and lies above everything by itself. */
export function Dialog({ guide, title, open, onClose, children, actions }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  const name = useId()
  useEffect(() => {
    const element = dialog.current
    if (!element || element.open === open) return
    if (open) {
      element.showModal()
      // The browser would take the first radio button, chosen or not.
      element.querySelector<HTMLElement>('input:checked, input[type="password"], button')?.focus()
    } else element.close()
  }, [open])
  return (
    // The press outside is a convenience beside Esc and the button, so the dialog takes no key handler of its own.
    // eslint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-noninteractive-element-interactions
    <dialog
      ref={dialog}
      className={styles.dialog}
      data-guide={guide}
      aria-labelledby={name}
      onCancel={(event) => {
        event.preventDefault()
        onClose?.()
      }}
      onClick={(event) => {
        if (event.target === event.currentTarget) onClose?.()
      }}
    >
      {open && (
        <div className={styles.inside}>
          <h2 id={name} className={styles.title}>
            {title}
          </h2>
          <div className={styles.body}>{children}</div>
          <div className={styles.actions}>{actions}</div>
        </div>
      )}
    </dialog>
  )
}

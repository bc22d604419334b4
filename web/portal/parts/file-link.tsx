import type { ReactNode } from 'react'
import { Icon } from '../../kit/icons/icon.tsx'
import styles from './go.module.css'

export type FileForm = 'pdf' | 'xlsx' | 'csv'

interface FileLinkProps {
  guide: string
  document: string
  form: FileForm
  look?: 'link' | 'main'
  children: ReactNode
}

/** A file of a document, for the browser to keep: it is made at each download, so nothing is held in the page. */
export function FileLink({ guide, document, form, look = 'link', children }: FileLinkProps) {
  const href = `/api/documents/${encodeURIComponent(document)}/file?form=${form}`
  return (
    <a href={href} download className={styles.go} data-guide={guide} data-look={look}>
      <Icon name="down" />
      <span>{children}</span>
    </a>
  )
}

import { Trans } from '@lingui/react/macro'
import type { ReactNode } from 'react'
import { useState } from 'react'
import { Button } from '../../kit/controls/button.tsx'
import styles from './copied-code.module.css'

interface CopiedCodeProps {
  label: ReactNode
  code: string
  guide: string
}

/** What somebody reads out when he calls, and a button that copies it. */
export function CopiedCode({ label, code, guide }: CopiedCodeProps) {
  const [copied, setCopied] = useState(false)
  const copy = async () => {
    await navigator.clipboard.writeText(code)
    setCopied(true)
  }
  return (
    <p className={styles.code}>
      <span>
        {label} <code>{code}</code>
      </span>
      <Button
        guide={guide}
        look="quiet"
        icon={copied ? 'done' : 'copy'}
        onClick={() => {
          void copy()
        }}
      >
        {copied ? <Trans>Скопировано</Trans> : <Trans>Скопировать</Trans>}
      </Button>
    </p>
  )
}

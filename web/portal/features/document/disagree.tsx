import { Trans, useLingui } from '@lingui/react/macro'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import { Button } from '../../../kit/controls/button.tsx'
import { Note } from '../../../kit/pane/message.tsx'
import { Moment } from '../../../kit/time/moments.tsx'
import { Fault } from '../../data/api.ts'
import { useApi } from '../../data/context.tsx'
import { keys } from '../../data/queries.ts'
import type { Said } from '../../data/types.ts'
import { ServiceAway } from '../../parts/service-away.tsx'
import styles from './document.module.css'

const NOTE_CHARS_MAX = 2000

interface DisagreeProps {
  paper: string
  line: number
  said: Said | undefined
}

/** "I disagree with line N": said once, with a word of why; then what became of it. */
export function Disagree({ paper, line, said }: DisagreeProps) {
  const [open, setOpen] = useState(false)
  if (said) return <Told said={said} />
  return (
    <div className={styles.said}>
      {open ? (
        <Form
          paper={paper}
          line={line}
          onClose={() => {
            setOpen(false)
          }}
        />
      ) : (
        <Button
          guide={`document.disagree.${String(line)}`}
          look="quiet"
          onClick={() => {
            setOpen(true)
          }}
        >
          <Trans>Возразить по строке {line}</Trans>
        </Button>
      )}
    </div>
  )
}

function Told({ said }: { said: Said }) {
  const at = <Moment at={said.raised_at} />
  return (
    <div className={styles.said}>
      <Note tone="waiting" icon={said.state === 'appeal' ? 'done' : 'clock'} live>
        {said.state === 'appeal' ? (
          <Trans>Вы не согласны ({at}). Сотрудник завёл обращение и разбирается.</Trans>
        ) : (
          <Trans>Вы не согласны ({at}). Мы получили и проверим эту строку.</Trans>
        )}
      </Note>
    </div>
  )
}

function Form({ paper, line, onClose }: { paper: string; line: number; onClose: () => void }) {
  const { t } = useLingui()
  const api = useApi()
  const client = useQueryClient()
  const [note, setNote] = useState('')
  const reread = () => client.invalidateQueries({ queryKey: keys.said(paper) })
  const say = useMutation({
    mutationFn: () => api.disagree(paper, line, note.trim()),
    onSuccess: reread,
    onError: (error) => {
      // Another tab has said so already: what it said is shown.
      if (error instanceof Fault && error.code === 'already-said') void reread()
    },
  })
  return (
    <form
      className={styles.said}
      onSubmit={(event) => {
        event.preventDefault()
        if (!say.isPending) say.mutate()
      }}
    >
      <label className={styles.note}>
        {t`Что не так в строке ${line}? Можно не писать.`}
        <textarea
          data-guide={`document.note.${String(line)}`}
          rows={3}
          maxLength={NOTE_CHARS_MAX}
          value={note}
          onChange={(event) => {
            setNote(event.target.value)
          }}
        />
      </label>
      {say.error instanceof Fault && say.error.code !== 'already-said' && <ServiceAway fault={say.error} />}
      <p className={styles.files}>
        <Button guide={`document.say.${String(line)}`} type="submit" busy={say.isPending}>
          <Trans>Отправить</Trans>
        </Button>
        <Button guide={`document.close.${String(line)}`} look="quiet" onClick={onClose}>
          <Trans>Не отправлять</Trans>
        </Button>
      </p>
    </form>
  )
}

import { Trans, useLingui } from '@lingui/react/macro'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useEffect, useId, useRef, useState } from 'react'
import { Button } from '../../../kit/controls/button.tsx'
import { Note } from '../../../kit/pane/message.tsx'
import { Fault } from '../../data/api.ts'
import { useApi } from '../../data/context.tsx'
import { keys } from '../../data/queries.ts'
import { ServiceAway } from '../../parts/service-away.tsx'
import styles from './document.module.css'

const NOTE_CHARS_MAX = 2000

interface DisagreeProps {
  paper: string
  line: number
}

/** "I disagree with line N": said once, in the customer's own words. */
export function Disagree({ paper, line }: DisagreeProps) {
  const [open, setOpen] = useState(false)
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

function Form({ paper, line, onClose }: DisagreeProps & { onClose: () => void }) {
  const { t } = useLingui()
  const api = useApi()
  const client = useQueryClient()
  const wrong = useId()
  const field = useRef<HTMLTextAreaElement>(null)
  const [note, setNote] = useState('')
  const [empty, setEmpty] = useState(false)
  const reread = () => client.invalidateQueries({ queryKey: keys.appeals(paper) })
  const say = useMutation({
    mutationFn: () => api.appeal(paper, line, note.trim()),
    onSuccess: reread,
    onError: (error) => {
      // Another tab has said so already: what it said is shown.
      if (error instanceof Fault && error.code === 'already-said') void reread()
    },
  })
  useEffect(() => {
    field.current?.focus()
  }, [])
  const submit = () => {
    const isEmpty = note.trim() === ''
    setEmpty(isEmpty)
    if (isEmpty) field.current?.focus()
    else if (!say.isPending) say.mutate()
  }
  const fault = say.error instanceof Fault ? say.error : null
  const isWrong = empty || fault?.code === 'words-wrong'
  return (
    <form
      className={styles.said}
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
    >
      <label className={styles.note}>
        {t`Что не так в строке ${line}?`}
        <textarea
          ref={field}
          data-guide={`document.note.${String(line)}`}
          rows={3}
          maxLength={NOTE_CHARS_MAX}
          value={note}
          aria-invalid={isWrong || undefined}
          aria-describedby={isWrong ? wrong : undefined}
          onChange={(event) => {
            setNote(event.target.value)
            setEmpty(false)
            if (fault) say.reset()
          }}
        />
      </label>
      {isWrong && (
        <div id={wrong}>
          <Note tone="error" icon="warning" live>
            <Trans>Напишите, что не так, до 2000 знаков: по этим словам сотрудник проверит строку.</Trans>
          </Note>
        </div>
      )}
      {fault && <Refused fault={fault} />}
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

/** What the server did not take, unless it is said at the field or shown beside the line. */
function Refused({ fault }: { fault: Fault }) {
  if (fault.code === 'words-wrong' || fault.code === 'already-said') return null
  if (fault.status === 429) {
    return (
      <Note tone="waiting" icon="clock" live>
        <Trans>Слишком много обращений подряд. Подождите несколько минут и нажмите ещё раз: текст останется на месте.</Trans>
      </Note>
    )
  }
  if (fault.status === 404) {
    return (
      <Note tone="error" icon="warning" live>
        <Trans>Этот документ больше не доступен. Обновите страницу.</Trans>
      </Note>
    )
  }
  return <ServiceAway fault={fault} />
}

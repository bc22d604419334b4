import { Trans, useLingui } from '@lingui/react/macro'
import { useEffect, useRef, useState } from 'react'
import { Button } from '../../../kit/controls/button.tsx'
import { Field } from '../../../kit/controls/field.tsx'
import { Note } from '../../../kit/pane/message.tsx'
import type { Fault } from '../../data/api.ts'
import type { Paper } from '../../data/types.ts'
import { isContact } from '../../parts/contact.ts'
import { ServiceAway } from '../../parts/service-away.tsx'
import { useFocusWrong } from '../../parts/use-focus-wrong.ts'
import { WaitWord } from '../../parts/wait-word.tsx'
import { useMailing } from './use-mailing.ts'
import styles from './document.module.css'

const EMAIL_CHARS_MAX = 254

/** A link to the document for one's own mailbox, or for whoever shares the sign-in: asked for beside the file. */
export function Letter({ paper }: { paper: Paper }) {
  const [open, setOpen] = useState(false)
  const [sentTo, setSentTo] = useState('')
  const comesBack = useRef(false)
  if (!paper.can_mail) return null
  if (open) {
    return (
      <Form
        paper={paper.id}
        onSent={(to) => {
          setSentTo(to)
          setOpen(false)
          comesBack.current = true
        }}
        onClose={() => {
          setOpen(false)
          comesBack.current = true
        }}
      />
    )
  }
  return (
    <>
      <Button
        // Where the form was: a keyboard goes on from here.
        ref={(button) => {
          if (comesBack.current) button?.focus()
          comesBack.current = false
        }}
        guide="document.letter"
        look="quiet"
        icon="letter"
        onClick={() => {
          setOpen(true)
          setSentTo('')
        }}
      >
        <Trans>Отправить ссылку на почту</Trans>
      </Button>
      {sentTo && (
        <div className={styles.sent}>
          <Note tone="plain" icon="done" live>
            <Trans>Отправили на {sentTo}</Trans>
          </Note>
        </div>
      )}
    </>
  )
}

interface FormProps {
  paper: string
  onSent: (to: string) => void
  onClose: () => void
}

function Form({ paper, onSent, onClose }: FormProps) {
  const { t } = useLingui()
  const form = useRef<HTMLFormElement>(null)
  const field = useRef<HTMLInputElement>(null)
  const [email, setEmail] = useState('')
  const [checked, setChecked] = useState(false)
  const { mail, fault, wait } = useMailing(paper, onSent)
  useFocusWrong(form, fault)
  const isAddress = email.trim().length <= EMAIL_CHARS_MAX && isContact(email, ['email'])
  const unlike = checked && !isAddress
  useEffect(() => {
    field.current?.focus()
  }, [])
  const submit = () => {
    setChecked(true)
    if (!isAddress) field.current?.focus()
    else if (wait === null && !mail.isPending) mail.mutate(email.trim())
  }
  return (
    <form
      ref={form}
      className={styles.letter}
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
    >
      <Field
        ref={field}
        guide="document.letter.email"
        label={t`Почта`}
        name="email"
        inputMode="email"
        autoComplete="email"
        autoCapitalize="off"
        spellCheck={false}
        value={email}
        hint={t`В письме будет только ссылка. Документ по ней откроется после входа в кабинет.`}
        error={
          unlike || fault?.code === 'wrong-address' ? t`Напишите один адрес почты, например anna@example.ru` : undefined
        }
        onChange={(event) => {
          setEmail(event.target.value)
          setChecked(false)
          if (fault) mail.reset()
        }}
      />
      {fault && <Refused fault={fault} />}
      <div className={styles.files}>
        <Button guide="document.letter.send" type="submit" busy={mail.isPending} disabled={wait !== null}>
          {wait === null ? <Trans>Отправить</Trans> : <WaitWord seconds={wait} />}
        </Button>
        <Button guide="document.letter.close" look="quiet" onClick={onClose}>
          <Trans>Не отправлять</Trans>
        </Button>
      </div>
    </form>
  )
}

/** What the server did not take, unless the field says it. */
function Refused({ fault }: { fault: Fault }) {
  if (fault.code === 'wrong-address') return null
  if (fault.status === 429) {
    return (
      <Note tone="waiting" icon="clock" live>
        <Trans>Слишком много писем подряд. Сделаем перерыв, адрес останется на месте.</Trans>
      </Note>
    )
  }
  if (fault.status === 404 || fault.status === 409) {
    return (
      <Note tone="error" icon="warning" live>
        {fault.code === 'no-letters' ? (
          <Trans>Письма сейчас не отправляются. Скачайте документ на этой странице.</Trans>
        ) : (
          <Trans>Этот документ больше не доступен. Обновите страницу.</Trans>
        )}
      </Note>
    )
  }
  return <ServiceAway fault={fault} />
}

import { Trans, useLingui } from '@lingui/react/macro'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { Button } from '../../../kit/controls/button.tsx'
import { Field } from '../../../kit/controls/field.tsx'
import { Note } from '../../../kit/pane/message.tsx'
import { Fault } from '../../data/api.ts'
import { useApi } from '../../data/context.tsx'
import { keys, useRereadSession } from '../../data/queries.ts'
import type { Registration } from '../../data/types.ts'
import { PasswordField } from '../../parts/password-field.tsx'
import { ServiceAway } from '../../parts/service-away.tsx'
import { useFocusWrong } from '../../parts/use-focus-wrong.ts'
import styles from '../../parts/way-in.module.css'
import { Steps } from './steps.tsx'
import { noteOver } from './use-registration.ts'

/** The last step: with the password the account opens at once. */
export function PasswordForm({ registration }: { registration: Registration }) {
  const { t } = useLingui()
  const form = useRef<HTMLFormElement>(null)
  const [isMissing, setIsMissing] = useState(false)
  const open = useOpen()
  const fault = open.error instanceof Fault ? open.error : null
  const weak = useWeakness(fault)
  useFocusWrong(form, fault)

  const submit = () => {
    const field = form.current?.querySelector<HTMLInputElement>('[name=password]')
    const password = field?.value ?? ''
    setIsMissing(password === '')
    if (password === '') field?.focus()
    else if (!open.isPending) open.mutate(password)
  }

  return (
    <>
      <div className={styles.head}>
        <Steps current={3} />
        <h1>
          <Trans>Придумайте пароль</Trans>
        </h1>
        <p className={styles.lead}>
          <Trans>Код верный, это ваш счёт. Осталось задать пароль, и кабинет откроется.</Trans>
        </p>
      </div>
      <form
        ref={form}
        className={styles.fields}
        noValidate
        onSubmit={(event) => {
          event.preventDefault()
          submit()
        }}
      >
        <Field
          guide="register.login-name"
          label={t`Ваш логин: номер счёта`}
          autoComplete="username"
          readOnly
          value={registration.login ?? ''}
        />
        <PasswordField
          guide="register.password"
          label={t`Пароль`}
          autoComplete="new-password"
          hint={t`От восьми знаков. Длинная фраза надёжнее сложного слова.`}
          error={isMissing ? t`Придумайте и напишите пароль` : weak}
        />
        <div className={styles.submit}>
          <Button guide="register.open" look="main" type="submit" busy={open.isPending}>
            {t`Открыть кабинет`}
          </Button>
          {fault?.code === 'no-phone' && (
            <Note tone="error" icon="warning" live>
              <Trans>В договоре нет мобильного телефона, а без него некуда слать коды для входа. Позвоните нам, мы его впишем.</Trans>
            </Note>
          )}
          {fault?.status === 429 && (
            <Note tone="waiting" icon="clock" live>
              <Trans>Слишком много попыток. Подождите минуту и нажмите ещё раз.</Trans>
            </Note>
          )}
          {fault && (fault.status === 0 || fault.status >= 500) && <ServiceAway fault={fault} />}
        </div>
      </form>
    </>
  )
}

function useOpen() {
  const api = useApi()
  const client = useQueryClient()
  const reread = useRereadSession()
  return useMutation({
    mutationFn: async (password: string) => {
      await api.registrationPassword(password)
      await reread()
      client.removeQueries({ queryKey: keys.registration })
    },
    onError: (error) => {
      noteOver(client, error)
      const code = error instanceof Fault ? error.code : ''
      if (code === 'already-linked') {
        client.setQueryData<Registration>(keys.registration, (held) => held && { ...held, state: 'linked' })
      }
      if (code === 'wrong-step') void client.invalidateQueries({ queryKey: keys.registration })
    },
  })
}

/** Why the password will not do, and what will. */
function useWeakness(fault: Fault | null): string | undefined {
  const { t } = useLingui()
  if (fault?.code !== 'weak-password') return undefined
  if (fault.reasons.includes('too-short')) return t`Слишком короткий: нужно восемь знаков или больше.`
  if (fault.reasons.includes('too-long')) return t`Слишком длинный: помещается 128 знаков.`
  if (fault.reasons.includes('personal')) return t`Имя, номер счёта и телефон угадают первыми. Придумайте другой.`
  return t`Этот пароль есть в списках, с которых начинают взломщики. Придумайте другой.`
}

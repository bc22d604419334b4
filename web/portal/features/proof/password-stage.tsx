import { Trans, useLingui } from '@lingui/react/macro'
import { useEffect, useRef, useState } from 'react'
import { Note } from '../../../kit/pane/message.tsx'
import type { CodeStep } from '../../data/types.ts'
import { useApi } from '../../data/context.tsx'
import { PasswordField } from '../../parts/password-field.tsx'
import { ServiceAway } from '../../parts/service-away.tsx'
import { useFocusWrong } from '../../parts/use-focus-wrong.ts'
import styles from '../../parts/way-in.module.css'
import { useStep } from './use-step.ts'

interface PasswordStageProps {
  form: string
  onStand: (isBusy: boolean, wait: number | null) => void
  onSent: (sent: CodeStep) => void
}

/** What they know: the code is sent to the phone only after it. */
export function PasswordStage({ form, onStand, onSent }: PasswordStageProps) {
  const { t } = useLingui()
  const api = useApi()
  const fields = useRef<HTMLFormElement>(null)
  const [isEmpty, setEmpty] = useState(false)
  const { step, fault, wait } = useStep((password: string) => api.proofPassword(password), onSent)
  const isWrong = fault?.code === 'wrong-password'
  useFocusWrong(fields, fault)
  useEffect(() => {
    onStand(step.isPending, wait)
  }, [onStand, step.isPending, wait])

  const submit = () => {
    const input = fields.current?.querySelector<HTMLInputElement>('[name=password]')
    const password = input?.value ?? ''
    setEmpty(password === '')
    if (password === '') input?.focus()
    else if (wait === null && !step.isPending) step.mutate(password)
  }
  return (
    <form
      ref={fields}
      id={form}
      className={styles.fields}
      noValidate
      onSubmit={(event) => {
        event.preventDefault()
        submit()
      }}
    >
      <PasswordField
        guide="proof.password"
        label={t`Пароль`}
        autoComplete="current-password"
        hint={t`Речь о ваших деньгах, поэтому проверим пароль и код из СМС.`}
        error={
          isEmpty
            ? t`Напишите пароль`
            : isWrong
              ? t`Пароль не подошёл. Проверьте раскладку и попробуйте ещё раз.`
              : undefined
        }
      />
      {wait !== null && (
        <Note tone="waiting" icon="clock" live>
          <Trans>Слишком много попыток подряд. Ради безопасности счёта сделаем короткий перерыв.</Trans>
        </Note>
      )}
      {fault && !isWrong && fault.status !== 429 && <ServiceAway fault={fault} />}
    </form>
  )
}

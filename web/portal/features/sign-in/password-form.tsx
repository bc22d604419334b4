import { Trans, useLingui } from '@lingui/react/macro'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useRef, useState } from 'react'
import { Button } from '../../../kit/controls/button.tsx'
import { Field } from '../../../kit/controls/field.tsx'
import { Icon } from '../../../kit/icons/icon.tsx'
import { Note } from '../../../kit/pane/message.tsx'
import { Fault } from '../../data/api.ts'
import { useApi } from '../../data/context.tsx'
import { CLOSED, keys } from '../../data/queries.ts'
import type { Session } from '../../data/types.ts'
import { Go } from '../../parts/go.tsx'
import { PasswordField } from '../../parts/password-field.tsx'
import { ServiceAway } from '../../parts/service-away.tsx'
import { useDeadline } from '../../parts/use-deadline.ts'
import { useFocusWrong } from '../../parts/use-focus-wrong.ts'
import { WaitWord } from '../../parts/wait-word.tsx'
import styles from '../../parts/way-in.module.css'

const THROTTLE_DEFAULT_S = 60

/** C1: login and password. The words for a wrong pair are the same whether the login exists or not. */
export function PasswordForm({ idledOut }: { idledOut: boolean }) {
  const { t } = useLingui()
  const form = useRef<HTMLFormElement>(null)
  const [missing, setMissing] = useState<'login' | 'password' | null>(null)
  const { attempt, fault, wait } = usePassword()
  const isWrong = fault?.code === 'wrong-credentials'
  useFocusWrong(form, fault)

  const submit = () => {
    const typed = (name: string) => form.current?.querySelector<HTMLInputElement>(`[name=${name}]`)?.value ?? ''
    const [login, password] = [typed('login').trim(), typed('password')]
    const empty = login === '' ? 'login' : password === '' ? 'password' : null
    setMissing(empty)
    if (empty) form.current?.querySelector<HTMLInputElement>(`[name=${empty}]`)?.focus()
    else if (wait === null && !attempt.isPending) attempt.mutate({ login, password })
  }

  return (
    <>
      <div className={styles.head}>
        <h1>
          <Trans>Вход в личный кабинет</Trans>
        </h1>
        {idledOut && (
          <Note tone="plain" icon="clock">
            <Trans>Вы долго ничего не делали, и мы закрыли кабинет. Войдите ещё раз.</Trans>
          </Note>
        )}
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
          guide="login.login"
          label={t`Логин`}
          name="login"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          hint={t`Номер договора или телефон`}
          error={missing === 'login' ? t`Напишите номер договора или телефон` : undefined}
        />
        <PasswordField
          guide="login.password"
          label={t`Пароль`}
          autoComplete="current-password"
          error={
            missing === 'password'
              ? t`Напишите пароль`
              : isWrong
                ? t`Логин или пароль не подошли. Проверьте раскладку и попробуйте ещё раз.`
                : undefined
          }
        />
        <div className={styles.submit}>
          <Button guide="login.submit" look="main" type="submit" busy={attempt.isPending} disabled={wait !== null}>
            {wait === null ? t`Войти` : <WaitWord seconds={wait} />}
          </Button>
          {wait !== null && (
            <Note tone="waiting" icon="clock" live>
              <Trans>Слишком много попыток подряд. Ради безопасности счёта сделаем короткий перерыв.</Trans>
            </Note>
          )}
          {fault && !isWrong && fault.status !== 429 && <ServiceAway fault={fault} />}
        </div>
      </form>
      <div>
        <p className={styles.other}>
          <Trans>Впервые здесь?</Trans>{' '}
          <Go guide="login.register" to="/register">
            <Trans>Получить доступ</Trans>
          </Go>
        </p>
        <Help />
      </div>
    </>
  )
}

function usePassword() {
  const api = useApi()
  const client = useQueryClient()
  const throttle = useDeadline(null)
  const attempt = useMutation({
    mutationFn: ({ login, password }: { login: string; password: string }) => api.password(login, password),
    onSuccess: (sent) => {
      const { phone, resend_after_s } = sent
      client.setQueryData<Session>(keys.session, { ...CLOSED, state: 'code', phone, resend_after_s })
    },
    onError: (error) => {
      if (error instanceof Fault && error.status === 429) throttle.start(error.retryAfterS ?? THROTTLE_DEFAULT_S)
    },
  })
  const isWaiting = throttle.left !== null && throttle.left > 0
  return {
    attempt,
    wait: isWaiting ? throttle.left : null,
    fault: attempt.error instanceof Fault ? attempt.error : null,
  }
}

function Help() {
  return (
    <details className={styles.help}>
      <summary data-guide="login.help">
        <Icon name="down" />
        <Trans>Не получается войти?</Trans>
      </summary>
      <p>
        <Trans>
          Логин напечатан в договоре и в каждой квитанции. Если забыли пароль, позвоните по телефону из договора: мы
          проверим, что это вы, и поможем задать новый.
        </Trans>
      </p>
    </details>
  )
}

import { Trans, useLingui } from '@lingui/react/macro'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useEffect } from 'react'
import { Button } from '../../../kit/controls/button.tsx'
import { Field } from '../../../kit/controls/field.tsx'
import { Note } from '../../../kit/pane/message.tsx'
import { timerText } from '../../../kit/time/people-time.ts'
import { Fault } from '../../data/api.ts'
import { useApi } from '../../data/context.tsx'
import { CLOSED, keys, useRereadSession } from '../../data/queries.ts'
import type { Session } from '../../data/types.ts'
import { CodeFault } from '../../parts/code-fault.tsx'
import { ServiceAway } from '../../parts/service-away.tsx'
import { useCode } from '../../parts/use-code.ts'
import { useDeadline } from '../../parts/use-deadline.ts'
import styles from '../../parts/way-in.module.css'

/** C2: one input for the whole code. A full code is sent by itself, each code once. */
export function CodeForm({ session }: { session: Session }) {
  const { t } = useLingui()
  const check = useCheck()
  const { input, field, submit, clear } = useCode({ isShut: check.isPending, check: check.mutate })
  const fault = check.error instanceof Fault ? check.error : null
  const expired = fault?.code === 'code-expired'

  useEffect(() => {
    if (check.error) input.current?.select()
  }, [check.error, input])
  const phone = session.phone ?? ''

  return (
    <>
      <div className={styles.head}>
        <h1>
          <Trans>Код из СМС</Trans>
        </h1>
        <p className={styles.lead}>
          <Trans>Отправили на {phone}</Trans>
        </p>
      </div>
      <form className={styles.fields} noValidate onSubmit={submit}>
        <Field
          {...field}
          ref={input}
          guide="code.code"
          label={t`Шесть цифр`}
          // The only thing on this screen, and the phone's keyboard must be ready when the message comes.
          // eslint-disable-next-line jsx-a11y/no-autofocus
          autoFocus
          error={fault && <CodeFault fault={fault} />}
        />
        <Button guide="code.submit" look="main" type="submit" busy={check.isPending} disabled={expired}>
          {t`Подтвердить`}
        </Button>
        {fault && (fault.status === 0 || fault.status >= 500) && <ServiceAway fault={fault} />}
      </form>
      <Resend
        firstWait={session.resend_after_s}
        onSent={() => {
          check.reset()
          clear()
        }}
      />
    </>
  )
}

function useCheck() {
  const api = useApi()
  const reread = useRereadSession()
  return useMutation({
    mutationFn: async (code: string) => {
      await api.code(code)
      await reread()
    },
  })
}

function Resend({ firstWait, onSent }: { firstWait: number | null; onSent: () => void }) {
  const { t } = useLingui()
  const api = useApi()
  const client = useQueryClient()
  const wait = useDeadline(firstWait)
  const resend = useMutation({
    mutationFn: () => api.resend(),
    onSuccess: ({ resend_after_s }) => {
      wait.start(resend_after_s)
      onSent()
    },
    onError: (error) => {
      if (error instanceof Fault && error.retryAfterS !== null) wait.start(error.retryAfterS)
      if (error instanceof Fault && error.status === 401) client.setQueryData<Session>(keys.session, CLOSED)
    },
  })
  const back = useMutation({
    mutationFn: () => api.leave(),
    onSettled: () => client.setQueryData<Session>(keys.session, CLOSED),
  })
  const isWaiting = wait.left !== null && wait.left > 0
  const timer = timerText(wait.left ?? 0)
  const isThrottled = resend.error instanceof Fault && resend.error.status === 429
  return (
    <div className={styles.resend}>
      {isWaiting ? (
        <p className={styles.timer}>
          {resend.isSuccess && (
            <>
              <Trans>Отправили новый код.</Trans>{' '}
            </>
          )}
          {isThrottled && (
            <>
              <Trans>Новых кодов пока достаточно.</Trans>{' '}
            </>
          )}
          <Trans>Ещё один можно запросить через {timer}</Trans>
        </p>
      ) : (
        <p>
          <Trans>СМС не пришла? Оператор бывает занят минуту-две. Проверьте, что телефон включён и в сети.</Trans>
        </p>
      )}
      {resend.error instanceof Fault && !isThrottled && (
        <Note tone="error" icon="warning" live>
          <Trans>Не получилось отправить код. Попробуйте ещё раз.</Trans>
        </Note>
      )}
      <div className={styles.others}>
        <Button
          guide="code.resend"
          look="quiet"
          disabled={isWaiting}
          busy={resend.isPending}
          onClick={() => {
            resend.mutate()
          }}
        >
          {t`Отправить код ещё раз`}
        </Button>
        <Button
          guide="code.back"
          look="quiet"
          onClick={() => {
            back.mutate()
          }}
        >
          {t`Войти с другим логином`}
        </Button>
      </div>
    </div>
  )
}

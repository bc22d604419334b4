import { Plural, Trans, useLingui } from '@lingui/react/macro'
import { useEffect, useState } from 'react'
import { Button } from '../../../kit/controls/button.tsx'
import { Field } from '../../../kit/controls/field.tsx'
import { Note } from '../../../kit/pane/message.tsx'
import { timerText } from '../../../kit/time/people-time.ts'
import { Fault } from '../../data/api.ts'
import { useApi } from '../../data/context.tsx'
import type { Registration } from '../../data/types.ts'
import { ServiceAway } from '../../parts/service-away.tsx'
import { useCode } from '../../parts/use-code.ts'
import { useDeadline } from '../../parts/use-deadline.ts'
import styles from '../../parts/way-in.module.css'
import { Steps } from './steps.tsx'
import { useStep } from './use-registration.ts'

interface CodeFormProps {
  registration: Registration
  /** Back to what was typed first. */
  onBack: () => void
}

/** The second step. Its words are the same whether or not the facts fit anybody: only the phone's owner learns it. */
export function CodeForm({ registration, onBack }: CodeFormProps) {
  const { t } = useLingui()
  const api = useApi()
  const { state } = registration
  const check = useStep((digits: string) => api.registrationCode(digits))
  const fault = check.error instanceof Fault ? check.error : null
  const isChecking = check.isPending || state === 'checking'
  const isAwaited = state === 'code-sent' || state === 'refused'
  const isThrottled = fault?.status === 429

  const { input, field, submit, clear } = useCode({ isShut: !isAwaited || isChecking, check: check.mutate })

  // The field was shut while the code was judged: a wrong one is typed over at once.
  useEffect(() => {
    if (state === 'refused') input.current?.select()
  }, [state, registration.tries_left, input])

  return (
    <>
      <div className={styles.head}>
        <Steps current={2} />
        <h1>
          <Trans>Код из СМС</Trans>
        </h1>
        <Sent registration={registration} />
      </div>
      <form className={styles.fields} noValidate onSubmit={submit}>
        <Field
          {...field}
          ref={input}
          guide="register.code"
          label={t`Шесть цифр`}
          // The only thing on this screen, and the phone's keyboard must be ready when the message comes.
          // eslint-disable-next-line jsx-a11y/no-autofocus
          autoFocus
          readOnly={isChecking}
          error={
            isThrottled ? (
              <Trans>Слишком много попыток. Подождите несколько минут и введите код ещё раз.</Trans>
            ) : (
              state === 'refused' && !check.isPending && <Wrong triesLeft={registration.tries_left ?? 0} />
            )
          }
        />
        <Button guide="register.code.submit" look="main" type="submit" busy={isChecking} disabled={state === 'asking'}>
          {isChecking ? t`Проверяем код` : t`Подтвердить`}
        </Button>
        {fault && (fault.status === 0 || fault.status >= 500) && <ServiceAway fault={fault} />}
      </form>
      <Another
        registration={registration}
        onSent={() => {
          check.reset()
          clear()
        }}
        onBack={onBack}
      />
    </>
  )
}

function Sent({ registration }: { registration: Registration }) {
  const account = `···\u00a0${registration.tail ?? ''}`
  return (
    <p className={styles.lead} role="status">
      {registration.state === 'asking' ? (
        <Trans>Ищем счёт {account} и отправляем код. Обычно это секунды.</Trans>
      ) : (
        <Trans>Если данные верны, мы отправили код на телефон из договора. Счёт {account}</Trans>
      )}
    </p>
  )
}

function Wrong({ triesLeft }: { triesLeft: number }) {
  return (
    <>
      <Trans>Код не подошёл.</Trans>{' '}
      <Plural
        value={triesLeft}
        one="Проверьте последнее СМС. Осталась # попытка."
        few="Проверьте последнее СМС. Осталось # попытки."
        many="Проверьте последнее СМС. Осталось # попыток."
        other="Проверьте последнее СМС. Осталось # попытки."
      />
    </>
  )
}

interface AnotherProps {
  registration: Registration
  onSent: () => void
  onBack: () => void
}

function Another({ registration, onSent, onBack }: AnotherProps) {
  const { t } = useLingui()
  const api = useApi()
  const { again_after_s: after, state } = registration
  const wait = useDeadline(after)
  const again = useStep(() => api.registrationAgain(), {
    onDone: onSent,
    onFault: (fault) => {
      if (fault.retryAfterS !== null) wait.start(fault.retryAfterS)
    },
  })
  // The server counts: what it says last is when.
  const [told, setTold] = useState(after)
  if (after !== told) {
    setTold(after)
    if (after !== null) wait.start(after)
  }
  const isWaiting = wait.left !== null && wait.left > 0
  const timer = timerText(wait.left ?? 0)
  const isAwaited = state === 'code-sent' || state === 'refused'
  const isOpen = isAwaited && after !== null
  return (
    <div className={styles.resend}>
      {isOpen && isWaiting && (
        <p className={styles.timer}>
          <Trans>Другой код можно запросить через {timer}</Trans>
        </p>
      )}
      {isOpen && !isWaiting && (
        <p>
          <Trans>СМС не пришла? Проверьте номер счёта и то, что телефон включён и в сети.</Trans>
        </p>
      )}
      {isAwaited && !isOpen && (
        <p>
          <Trans>Код действует десять минут. Если СМС так и не придёт, позвоните нам: возможно, в договоре другой телефон.</Trans>
        </p>
      )}
      {again.error instanceof Fault && again.error.status !== 429 && (
        <Note tone="error" icon="warning" live>
          <Trans>Не получилось отправить код. Попробуйте ещё раз.</Trans>
        </Note>
      )}
      <div className={styles.others}>
        {isOpen && (
          <Button
            guide="register.code.again"
            look="quiet"
            disabled={isWaiting}
            busy={again.isPending}
            onClick={() => {
              again.mutate(undefined)
            }}
          >
            {t`Отправить код ещё раз`}
          </Button>
        )}
        <Button guide="register.code.back" look="quiet" onClick={onBack}>
          {t`Изменить данные`}
        </Button>
      </div>
    </div>
  )
}

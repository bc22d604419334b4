import { Trans, useLingui } from '@lingui/react/macro'
import type { ReactNode } from 'react'
import { useLocation } from 'wouter'
import { Button } from '../../../kit/controls/button.tsx'
import { Fault } from '../../data/api.ts'
import { useApi } from '../../data/context.tsx'
import type { Registration } from '../../data/types.ts'
import { ServiceAway } from '../../parts/service-away.tsx'
import { useDeadline } from '../../parts/use-deadline.ts'
import { WaitWord } from '../../parts/wait-word.tsx'
import styles from '../../parts/way-in.module.css'
import { Steps } from './steps.tsx'
import { useStep } from './use-registration.ts'

/** The inside does not answer. What was typed waits here, so there is nothing to type again. */
export function Away({ registration, onBack }: { registration: Registration; onBack: () => void }) {
  const { t } = useLingui()
  const api = useApi()
  const { again_after_s: after } = registration
  const wait = useDeadline(after)
  const again = useStep(() => api.registrationAgain(), {
    onFault: (fault) => {
      if (fault.retryAfterS !== null) wait.start(fault.retryAfterS)
    },
  })
  const isWaiting = wait.left !== null && wait.left > 0
  const fault = again.error instanceof Fault && again.error.status !== 429 ? again.error : null
  return (
    <>
      <div className={styles.head}>
        <Steps current={2} />
        <h1>
          <Trans>Учётная система не отвечает</Trans>
        </h1>
        <p className={styles.lead} role="status">
          <Trans>
            Так бывает во время её обслуживания. То, что вы написали, у нас: как только она ответит, мы продолжим с этого
            места. Страницу можно закрыть и вернуться в течение получаса.
          </Trans>
        </p>
      </div>
      <div className={styles.submit}>
        <Button
          guide="register.away.again"
          look="main"
          disabled={isWaiting}
          busy={again.isPending}
          onClick={() => {
            again.mutate(undefined)
          }}
        >
          {isWaiting ? <WaitWord seconds={wait.left ?? 0} /> : t`Попробовать сейчас`}
        </Button>
        {fault && <ServiceAway fault={fault} />}
      </div>
      <div className={styles.others}>
        <Button guide="register.away.back" look="quiet" onClick={onBack}>
          {t`Изменить данные`}
        </Button>
      </div>
    </>
  )
}

interface OverProps {
  title: ReactNode
  children: ReactNode
  onBegin: () => void
}

/** Nothing more comes of this registration: another one begins here. */
export function Over({ title, children, onBegin }: OverProps) {
  const { t } = useLingui()
  return (
    <>
      <div className={styles.head}>
        <h1>{title}</h1>
        <p className={styles.lead}>{children}</p>
      </div>
      <div className={styles.actions}>
        <Button guide="register.over.begin" look="main" onClick={onBegin}>
          {t`Начать сначала`}
        </Button>
      </div>
    </>
  )
}

/** Told only to whoever proved that the account is his. */
export function Linked() {
  const { t } = useLingui()
  const [, navigate] = useLocation()
  return (
    <>
      <div className={styles.head}>
        <h1>
          <Trans>Кабинет у вас уже есть</Trans>
        </h1>
        <p className={styles.lead}>
          <Trans>
            По этому договору уже зарегистрированы. Войдите с номером счёта и своим паролем. Если забыли пароль или
            регистрировались не вы, позвоните по телефону из договора: мы проверим, что это вы, и вернём доступ.
          </Trans>
        </p>
      </div>
      <div className={styles.actions}>
        <Button
          guide="register.linked.login"
          look="main"
          onClick={() => {
            navigate('/login')
          }}
        >
          {t`Войти`}
        </Button>
      </div>
    </>
  )
}

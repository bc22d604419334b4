import { Trans, useLingui } from '@lingui/react/macro'
import { useState } from 'react'
import { Bone, Loading } from '../../../kit/pane/bone.tsx'
import { Daylight } from '../../../kit/pane/daylight.tsx'
import { Pane } from '../../../kit/pane/frame.tsx'
import type { Registration } from '../../data/types.ts'
import { FaultMessage } from '../../parts/fault-message.tsx'
import { Screen } from '../../parts/screen.tsx'
import styles from '../../parts/way-in.module.css'
import { CodeForm } from './code-form.tsx'
import type { Typed } from './facts.ts'
import { FactsForm } from './facts-form.tsx'
import { PasswordForm } from './password-form.tsx'
import { Steps } from './steps.tsx'
import { Away, Linked, Over } from './turns.tsx'
import { useRegistration } from './use-registration.ts'

const NOTHING: Typed = { number: '', fact: 'contract', value: '' }

/** C3: the first registration. Which step is shown is the server's word, so it survives a reload and another tab. */
export default function RegistrationScreen() {
  const { t } = useLingui()
  const registration = useRegistration()
  return (
    <Screen guide="screen.register" title={t`Получить доступ`} layout="sign-in">
      <Pane guide="register.form">
        <div className={styles.form}>
          {registration.data ? (
            <Step registration={registration.data} />
          ) : registration.error ? (
            <FaultMessage
              place="register"
              level={1}
              error={registration.error}
              onRetry={() => {
                void registration.refetch()
              }}
            />
          ) : (
            <Coming />
          )}
        </div>
      </Pane>
      <div className={styles.wall} aria-hidden="true">
        <Daylight size="wall" />
      </div>
    </Screen>
  )
}

/** The words of the first step are on their way. */
function Coming() {
  return (
    <div className={styles.head} aria-busy="true">
      <Steps current={1} />
      <h1>
        <Loading />
        <Bone characters={12} />
      </h1>
      <p>
        <Bone characters={26} /> <Bone characters={18} />
      </p>
    </div>
  )
}

function Step({ registration }: { registration: Registration }) {
  const [typed, setTyped] = useState(NOTHING)
  const [isChanging, setIsChanging] = useState(false)
  const change = () => {
    setIsChanging(true)
  }
  const { state, facts } = registration
  if (isChanging || state === 'none') {
    const fact = facts.includes(typed.fact) ? typed.fact : (facts[0] ?? 'contract')
    return (
      <FactsForm
        facts={facts}
        typed={{ ...typed, fact }}
        onType={setTyped}
        onSent={() => {
          setIsChanging(false)
        }}
      />
    )
  }
  if (state === 'refused' && registration.tries_left === 0) {
    return (
      <Over title={<Trans>Код не подошёл пять раз</Trans>} onBegin={change}>
        <Trans>Ради безопасности счёта этот код больше не действует. Начните сначала, и мы отправим новый.</Trans>
      </Over>
    )
  }
  switch (state) {
    case 'expired':
      return (
        <Over title={<Trans>Время вышло</Trans>} onBegin={change}>
          <Trans>На регистрацию есть полчаса. Начните сначала: это займёт пару минут.</Trans>
        </Over>
      )
    case 'away':
      return <Away registration={registration} onBack={change} />
    case 'linked':
      return <Linked />
    case 'proven':
      return <PasswordForm registration={registration} />
    default:
      return <CodeForm registration={registration} onBack={change} />
  }
}

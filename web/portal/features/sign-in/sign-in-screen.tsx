import { useLingui } from '@lingui/react/macro'
import { Daylight } from '../../../kit/pane/daylight.tsx'
import { Pane } from '../../../kit/pane/frame.tsx'
import { Screen } from '../../parts/screen.tsx'
import type { Session } from '../../data/types.ts'
import { CodeForm } from './code-form.tsx'
import { PasswordForm } from './password-form.tsx'
import styles from '../../parts/way-in.module.css'

interface SignInScreenProps {
  session: Session
  /** They were signed in a moment ago and did nothing for long. */
  idledOut?: boolean
}

/** C1 and C2: the way in. Which of its two steps is shown is the server's word, so it survives a reload. */
export function SignInScreen({ session, idledOut = false }: SignInScreenProps) {
  const { t } = useLingui()
  const isCode = session.state === 'code'
  return (
    <Screen
      guide={isCode ? 'screen.code' : 'screen.login'}
      title={isCode ? t`Код из СМС` : t`Вход в личный кабинет`}
      layout="sign-in"
    >
      <Pane guide="login.form">
        <div className={styles.form}>
          {isCode ? <CodeForm session={session} /> : <PasswordForm idledOut={idledOut} />}
        </div>
      </Pane>
      <div className={styles.wall} aria-hidden="true">
        <Daylight size="wall" />
      </div>
    </Screen>
  )
}

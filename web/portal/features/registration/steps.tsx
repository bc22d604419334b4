import { useLingui } from '@lingui/react/macro'
import styles from './registration.module.css'

/** The way through: three panes of one window, lit as far as one has come. */
export function Steps({ current }: { current: 1 | 2 | 3 }) {
  const { t } = useLingui()
  const names = [t`Данные`, t`Код`, t`Пароль`]
  return (
    <ol className={styles.steps} aria-label={t`Шаги регистрации`}>
      {names.map((name, index) => (
        <li
          key={name}
          className={styles.step}
          data-done={index + 1 < current || undefined}
          aria-current={index + 1 === current ? 'step' : undefined}
        >
          {name}
        </li>
      ))}
    </ol>
  )
}

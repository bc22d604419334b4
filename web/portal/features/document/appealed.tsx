import { Trans, useLingui } from '@lingui/react/macro'
import { Note } from '../../../kit/pane/message.tsx'
import { useNow } from '../../../kit/time/clock.tsx'
import { Moment } from '../../../kit/time/moments.tsx'
import { dateText } from '../../../kit/time/people-time.ts'
import type { Appeal } from '../../data/types.ts'
import styles from './document.module.css'

const DAY_MS = 86_400_000

/** Beside a line: its number, what the customer wrote, until when he is answered, and the answer of staff. */
export function Appealed({ appeal }: { appeal: Appeal }) {
  const { note, number } = appeal
  const raised = <Moment at={appeal.raised_at} />
  return (
    <div className={styles.appealed} data-guide={`document.appeal.${String(appeal.line)}`}>
      <p className={styles.called}>
        <Trans>Обращение № {number}</Trans>
      </p>
      <p className={styles.words}>
        <Trans>Вы не согласны: {note} · отправлено {raised}</Trans>
      </p>
      <div role="status">
        <Standing appeal={appeal} />
      </div>
    </div>
  )
}

function Standing({ appeal }: { appeal: Appeal }) {
  const { i18n } = useLingui()
  const until = dateText(appeal.answer_by, useNow(DAY_MS), i18n.locale)
  if (appeal.answered_at !== null) {
    const answered = <Moment at={appeal.answered_at} />
    return (
      <div className={styles.answer}>
        <p className={styles.until}>
          <Trans>Наш ответ · {answered}</Trans>
        </p>
        <p className={styles.words}>{appeal.answer}</p>
      </div>
    )
  }
  if (appeal.is_late) {
    return (
      <Note tone="error" icon="warning">
        <Trans>
          Обещали ответить не позже {until} и не успели, простите. Пришлём СМС, как только ответим. Можно позвонить нам и
          назвать номер обращения.
        </Trans>
      </Note>
    )
  }
  const taken = appeal.taken_at !== null && <Moment at={appeal.taken_at} />
  return (
    <Note tone="waiting" icon="clock">
      {taken ? (
        <Trans>Сотрудник проверяет строку, взял в работу {taken}. Ответим не позже {until} и пришлём СМС.</Trans>
      ) : (
        <Trans>Обращение ждёт сотрудника. Ответим не позже {until} и пришлём СМС.</Trans>
      )}
    </Note>
  )
}

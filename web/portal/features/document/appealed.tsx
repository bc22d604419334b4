import { Trans } from '@lingui/react/macro'
import { Note } from '../../../kit/pane/message.tsx'
import { Moment } from '../../../kit/time/moments.tsx'
import type { Appeal } from '../../data/types.ts'
import styles from './document.module.css'

/** Beside a line: what the customer wrote, where that stands, and the answer of staff with its day. */
export function Appealed({ appeal }: { appeal: Appeal }) {
  const { note } = appeal
  const raised = <Moment at={appeal.raised_at} />
  return (
    <div className={styles.appealed} data-guide={`document.appeal.${String(appeal.line)}`}>
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
  const taken = appeal.taken_at !== null && <Moment at={appeal.taken_at} />
  return (
    <Note tone="waiting" icon="clock">
      {taken ? (
        <Trans>Сотрудник проверяет строку, взял в работу {taken}. Когда ответит, пришлём СМС.</Trans>
      ) : (
        <Trans>Обращение ждёт сотрудника. Когда он ответит, пришлём СМС.</Trans>
      )}
    </Note>
  )
}

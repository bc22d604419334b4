import { Trans } from '@lingui/react/macro'
import { Button } from '../../../kit/controls/button.tsx'
import { Note } from '../../../kit/pane/message.tsx'
import { ServiceAway } from '../../parts/service-away.tsx'
import { WaitWord } from '../../parts/wait-word.tsx'
import type { Asking } from './use-asking.ts'
import styles from './documents.module.css'

/** Refusals that stand beside the field they speak of. */
const ELSEWHERE = new Set(['amount-wrong', 'period-wrong'])

/** The one button of a form, and what the server did not take. */
export function Submit({ asking: { ask, fault, wait } }: { asking: Asking }) {
  return (
    <div className={styles.submit}>
      <Button guide="documents.ask" look="main" type="submit" busy={ask.isPending} disabled={wait !== null}>
        {wait === null ? <Trans>Подготовить</Trans> : <WaitWord seconds={wait} />}
      </Button>
      {wait !== null && (
        <Note tone="waiting" icon="clock" live>
          <Trans>Слишком много документов подряд. Сделаем короткий перерыв, введённое останется на месте.</Trans>
        </Note>
      )}
      {fault?.status === 404 && (
        <Note tone="error" icon="warning" live>
          <Trans>Этот документ вам сейчас не доступен. Обновите страницу или позвоните нам.</Trans>
        </Note>
      )}
      {fault?.code === 'account-closed' && (
        <Note tone="error" icon="warning" live>
          <Trans>Счёт закрыт, квитанции на него не выдаются. Позвоните нам, если деньги нужно внести.</Trans>
        </Note>
      )}
      {fault && ![404, 409, 429].includes(fault.status) && !ELSEWHERE.has(fault.code) && <ServiceAway fault={fault} />}
    </div>
  )
}

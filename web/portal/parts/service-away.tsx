import { Trans } from '@lingui/react/macro'
import { Note } from '../../kit/pane/message.tsx'
import type { Fault } from '../data/api.ts'

/** The server did not answer or failed: what they typed stays in the form. */
export function ServiceAway({ fault }: { fault: Fault }) {
  const code = fault.reference
  return (
    <Note tone="error" icon="warning" live>
      {fault.status === 0 ? (
        <Trans>Нет связи с сервером. Проверьте интернет и нажмите ещё раз. Код: {code}</Trans>
      ) : (
        <Trans>Сервис сейчас не отвечает. Подождите минуту и нажмите ещё раз. Код: {code}</Trans>
      )}
    </Note>
  )
}

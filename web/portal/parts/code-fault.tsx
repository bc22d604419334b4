import { Plural, Trans } from '@lingui/react/macro'
import type { ReactNode } from 'react'
import type { Fault } from '../data/api.ts'

/** Why a code was not taken; null for what is no fault of the code. */
export function CodeFault({ fault }: { fault: Fault }): ReactNode {
  if (fault.code === 'code-expired') return <Trans>Этот код больше не действует. Запросите новый.</Trans>
  if (fault.status === 429) return <Trans>Слишком много попыток. Подождите минуту и запросите новый код.</Trans>
  if (fault.code !== 'wrong-code') return null
  const tries = fault.triesLeft
  return (
    <>
      <Trans>Код не подошёл.</Trans>{' '}
      {tries === null ? (
        <Trans>Проверьте последнее СМС и введите ещё раз.</Trans>
      ) : (
        <Plural
          value={tries}
          _0="Попыток не осталось: запросите новый код."
          one="Осталась # попытка."
          few="Осталось # попытки."
          many="Осталось # попыток."
          other="Осталось # попытки."
        />
      )}
    </>
  )
}

import { Plural, Trans, useLingui } from '@lingui/react/macro'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useCallback, useEffect, useRef, useState } from 'react'
import { Button } from '../../../kit/controls/button.tsx'
import { Dialog } from '../../../kit/floats/dialog.tsx'
import { useSecondsLeft } from '../../../kit/time/clock.tsx'
import { useApi } from '../../data/context.tsx'
import { endSession, useRereadSession } from '../../data/queries.ts'
import type { Session } from '../../data/types.ts'
import { useActivity } from './use-activity.ts'

export const WARN_BEFORE_S = 60

function millisecondsOf(time: string | null): number | null {
  return time === null ? null : Date.parse(time)
}

interface SessionGuardProps {
  session: Session
  onIdledOut: () => void
}

/** Warns a minute before the session ends, extends it on request, and forgets everything once it is over. */
export function SessionGuard({ session, onIdledOut }: SessionGuardProps) {
  const { t } = useLingui()
  const client = useQueryClient()
  const reread = useRereadSession()
  const stay = useStay()

  const idle = millisecondsOf(session.idle_until)
  const hard = millisecondsOf(session.expires_at)
  const ends = idle === null ? hard : hard === null ? idle : Math.min(idle, hard)
  const canStay = hard === null || (idle !== null && idle < hard)
  const left = useSecondsLeft(ends)
  const isNear = left !== null && left <= WARN_BEFORE_S
  const isOver = left === 0
  // Once the question is asked, only its answer counts.
  useActivity(stay.mutate, !isNear)
  const [seen, setSeen] = useState<number | null>(null)

  // Another tab may have kept the session alive: the server knows before we alarm anybody.
  const asked = useRef<number | null>(null)
  useEffect(() => {
    if (!isNear || isOver || asked.current === ends) return
    asked.current = ends
    reread().catch((error: unknown) => {
      console.info('the session could not be read again', error)
    })
  }, [isNear, isOver, ends, reread])

  useEffect(() => {
    if (!isOver) return
    onIdledOut()
    endSession(client)
  }, [isOver, onIdledOut, client])

  return (
    <Dialog
      guide="screen.session-ending"
      title={canStay ? t`Вы ещё здесь?` : t`Скоро нужно будет войти снова`}
      open={isNear && !isOver && seen !== ends}
      actions={
        canStay ? (
          <Button
            guide="session.stay"
            look="main"
            busy={stay.isPending}
            onClick={() => {
              stay.mutate()
            }}
          >
            {t`Остаться`}
          </Button>
        ) : (
          <Button
            guide="session.understood"
            look="main"
            onClick={() => {
              setSeen(ends)
            }}
          >
            {t`Понятно`}
          </Button>
        )
      }
    >
      <p>
        {canStay ? (
          <Trans>Ради безопасности кабинет закрывается, когда в нём долго ничего не делают.</Trans>
        ) : (
          <Trans>Ради безопасности кабинет время от времени просит войти заново.</Trans>
        )}{' '}
        <Plural
          value={left ?? 0}
          one="Закроем через # секунду."
          few="Закроем через # секунды."
          many="Закроем через # секунд."
          other="Закроем через # секунды."
        />
      </p>
    </Dialog>
  )
}

function useStay() {
  const api = useApi()
  const reread = useRereadSession()
  const { mutate, isPending } = useMutation({
    mutationFn: async () => {
      await api.alive()
      await reread()
    },
  })
  return { mutate: useCallback(() => mutate(), [mutate]), isPending }
}

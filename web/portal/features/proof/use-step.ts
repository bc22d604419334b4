import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Fault } from '../../data/api.ts'
import { endSession } from '../../data/queries.ts'
import { useDeadline } from '../../parts/use-deadline.ts'

const THROTTLE_DEFAULT_S = 60

/** One step of a proof. `wait`: seconds until it may be tried again; a session that ended over it leads to the way in. */
export function useStep<Typed, Told>(act: (typed: Typed) => Promise<Told>, onDone: (told: Told) => void) {
  const client = useQueryClient()
  const throttle = useDeadline(null)
  const step = useMutation({
    mutationFn: act,
    onSuccess: onDone,
    onError: (error) => {
      if (!(error instanceof Fault)) return
      if (error.status === 429) throttle.start(error.retryAfterS ?? THROTTLE_DEFAULT_S)
      if (error.code === 'no-session' || error.triesLeft === 0) endSession(client)
    },
  })
  const isWaiting = throttle.left !== null && throttle.left > 0
  return {
    step,
    wait: isWaiting ? throttle.left : null,
    fault: step.error instanceof Fault ? step.error : null,
  }
}

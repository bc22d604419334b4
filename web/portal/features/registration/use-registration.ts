import type { QueryClient } from '@tanstack/react-query'
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { useRef } from 'react'
import { Fault } from '../../data/api.ts'
import { useApi } from '../../data/context.tsx'
import { keys } from '../../data/queries.ts'
import type { Registration } from '../../data/types.ts'

export type State = Registration['state']

/** States in which the inside has the word: the server is asked again, at a growing pause, until it knows more. */
const WAITING: ReadonlySet<State> = new Set(['asking', 'checking', 'away'])
const PAUSE_FIRST_MS = 300
const PAUSE_GROWTH = 1.4
const PAUSE_MAX_MS = 5_000

export function pauseAfter(asked: number): number {
  return Math.min(PAUSE_FIRST_MS * PAUSE_GROWTH ** asked, PAUSE_MAX_MS)
}

/** Where this browser's registration stands. It ends by itself: the server says `expired` once its time is up. */
export function useRegistration() {
  const api = useApi()
  const asked = useRef<{ state: State | null; times: number }>({ state: null, times: 0 })
  return useQuery({
    queryKey: keys.registration,
    queryFn: async ({ signal }) => {
      const registration = await api.registration(signal)
      const times = asked.current.state === registration.state ? asked.current.times + 1 : 0
      asked.current = { state: registration.state, times }
      return registration
    },
    refetchInterval: ({ state }) => (state.data && WAITING.has(state.data.state) ? pauseAfter(asked.current.times) : false),
    // They come back from their messages, or from another tab.
    refetchOnWindowFocus: 'always',
  })
}

interface StepEnds {
  onDone?: () => void
  onFault?: (fault: Fault) => void
}

/** A step of the registration: what the server answers is where it stands now. */
export function useStep<Typed>(step: (typed: Typed) => Promise<Registration>, { onDone, onFault }: StepEnds = {}) {
  const client = useQueryClient()
  return useMutation({
    mutationFn: step,
    onSuccess: async (registration) => {
      // A look that began before the step must not overwrite what the step has told.
      await client.cancelQueries({ queryKey: keys.registration })
      client.setQueryData<Registration>(keys.registration, registration)
      onDone?.()
    },
    onError: (error) => {
      noteOver(client, error)
      if (error instanceof Fault) onFault?.(error)
    },
  })
}

/** Its time is up: whatever screen learns it shows so. */
export function noteOver(client: QueryClient, error: unknown): void {
  if (!(error instanceof Fault) || error.code !== 'registration-over') return
  client.setQueryData<Registration>(keys.registration, (held) => held && { ...held, state: 'expired' })
}

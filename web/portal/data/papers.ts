import { useQuery } from '@tanstack/react-query'
import { useClock } from '../../kit/time/clock.tsx'
import { useApi } from './context.tsx'
import { nextAskMs } from './payments.ts'
import { keys } from './queries.ts'
import type { Appeal } from './types.ts'

const APPEALS_ASK_MS = 60_000

/** The latest documents that the customer asked for on an account, as they are when one looks. */
export function usePapers(account: string | undefined) {
  const api = useApi()
  return useQuery({
    queryKey: keys.papers(account),
    queryFn: ({ signal }) => api.papers(account ?? '', signal),
    enabled: account !== undefined,
    refetchOnMount: 'always',
  })
}

/** One document, asked about again until it is there or failed. */
export function usePaper(id: string) {
  const api = useApi()
  const clock = useClock()
  return useQuery({
    queryKey: keys.paper(id),
    queryFn: ({ signal }) => api.paper(id, signal),
    refetchOnMount: 'always',
    refetchInterval: ({ state }) =>
      state.data?.state === 'asked' ? nextAskMs(clock() - Date.parse(state.data.asked_at)) : false,
  })
}

export function useSlip(id: string) {
  const api = useApi()
  return useQuery({ queryKey: keys.slip(id), queryFn: ({ signal }) => api.slip(id, signal) })
}

export function useActLines(id: string) {
  const api = useApi()
  return useQuery({ queryKey: keys.actLines(id), queryFn: ({ signal }) => api.actLines(id, signal) })
}

/**
 * The lines of an act that the customer disagrees with, asked about again until staff has answered each: no frame of
 * the stream tells of an answer. Who comes back to the page, by the SMS that it is there, sees it at once.
 */
export function useAppeals(id: string) {
  const api = useApi()
  return useQuery({
    queryKey: keys.appeals(id),
    queryFn: ({ signal }) => api.appeals(id, signal),
    refetchOnMount: 'always',
    refetchOnWindowFocus: ({ state }) => (nextAppealsAskMs(state.data ?? []) === false ? false : 'always'),
    refetchInterval: ({ state }) => nextAppealsAskMs(state.data ?? []),
  })
}

/** People answer in hours: an open page looks once a minute for as long as something waits. */
export function nextAppealsAskMs(appeals: readonly Appeal[]): number | false {
  return appeals.some((appeal) => appeal.state !== 'answered') ? APPEALS_ASK_MS : false
}

import { useQuery } from '@tanstack/react-query'
import { useClock } from '../../kit/time/clock.tsx'
import { useApi } from './context.tsx'
import { nextAskMs } from './payments.ts'
import { keys } from './queries.ts'

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

/** What the customer has said against lines of an act: staff may have made an appeal of it meanwhile. */
export function useSaid(id: string) {
  const api = useApi()
  return useQuery({ queryKey: keys.said(id), queryFn: ({ signal }) => api.said(id, signal), refetchOnMount: 'always' })
}

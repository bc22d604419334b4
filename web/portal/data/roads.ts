import { useQuery } from '@tanstack/react-query'
import { useClock } from '../../kit/time/clock.tsx'
import { useApi } from './context.tsx'
import { isUnderWay, nextAskMs } from './payments.ts'
import { keys } from './queries.ts'

/** Ways that money is expected by: links that others pay by, and promises to pay later. */
export function useLinks(account: string) {
  const api = useApi()
  return useQuery({
    queryKey: keys.links(account),
    queryFn: ({ signal }) => api.links(account, signal),
    refetchOnMount: 'always',
    refetchOnWindowFocus: 'always',
  })
}

/** A link as whoever holds it sees it. */
export function useOpenLink(token: string) {
  const api = useApi()
  return useQuery({ queryKey: keys.openLink(token), queryFn: () => api.linkLook(token), refetchOnMount: 'always' })
}

/** A payment by a link, asked for again until nothing more is to be expected. */
export function useOpenPayment(id: string, since: number) {
  const api = useApi()
  const clock = useClock()
  return useQuery({
    queryKey: keys.openPayment(id),
    queryFn: () => api.linkPayment(id),
    refetchOnMount: 'always',
    refetchOnWindowFocus: 'always',
    refetchInterval: ({ state }) => (state.data && isUnderWay(state.data) ? nextAskMs(clock() - since) : false),
  })
}

/** What may be promised for an account and what has been, asked for again while an answer is awaited. */
export function usePromises(account: string, wanted = true) {
  const api = useApi()
  const clock = useClock()
  return useQuery({
    queryKey: keys.promises(account),
    queryFn: ({ signal }) => api.promises(account, signal),
    enabled: wanted,
    refetchOnMount: 'always',
    refetchInterval: ({ state }) => {
      const asked = state.data?.promises.find((each) => each.state === 'asked')
      return asked ? nextAskMs(clock() - Date.parse(asked.asked_at)) : false
    },
  })
}

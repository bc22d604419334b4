import { notifyManager, QueryCache, QueryClient, useInfiniteQuery, useQuery, useQueryClient } from '@tanstack/react-query'
import { useCallback } from 'react'
import { Fault } from './api.ts'
import { useApi } from './context.tsx'
import type { OperationsFilter, Session } from './types.ts'

export const keys = {
  session: ['session'] as const,
  registration: ['registration'] as const,
  overviews: ['overview'] as const,
  overview: (account: string | undefined) => ['overview', account ?? 'first'] as const,
  operations: (account: string | undefined, filter: OperationsFilter) => ['operations', account, filter] as const,
  allOperations: ['operations'] as const,
  year: (account: string | undefined) => ['year', account] as const,
  payMethods: ['pay-methods'] as const,
  payCards: ['pay-cards'] as const,
  autopay: ['autopay'] as const,
  payments: ['payments'] as const,
  /** The payment that this page is about to leave for: a reload or the way back does not leave again. */
  leaving: ['leaving'] as const,
  links: (account: string) => ['links', account] as const,
  openLink: (token: string) => ['open-link', token] as const,
  openPayment: (id: string) => ['open-payment', id] as const,
  promises: (account: string) => ['promises', account] as const,
  payment: (id: string) => ['payment', id] as const,
  papers: (account: string | undefined) => ['papers', account] as const,
  paper: (id: string) => ['paper', id] as const,
  slip: (id: string) => ['slip', id] as const,
  actLines: (id: string) => ['act-lines', id] as const,
  appeals: (id: string) => ['appeals', id] as const,
}

export const CLOSED: Session = {
  state: 'closed',
  user: null,
  phone: null,
  resend_after_s: null,
  expires_at: null,
  idle_until: null,
  company: null,
}

/** What is known before anybody has signed in. */
const OF_NOBODY = new Set<unknown>([keys.session[0], keys.registration[0]])

const RETRIES_MAX = 2

/** A refusal is an answer; only a silent network or a server in trouble is asked again. */
function isWorthRetry(count: number, error: Error): boolean {
  return count < RETRIES_MAX && error instanceof Fault && (error.status === 0 || error.status >= 502)
}

// News is shown in the task that brings it; the library would put it off to a timer.
notifyManager.setScheduler(queueMicrotask)

/** The stream keeps answers fresh, so nothing is fetched again by age, focus or reconnect. */
export function createQueryClient(options: { retries?: boolean } = {}): QueryClient {
  const client: QueryClient = new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: Infinity,
        gcTime: 5 * 60_000,
        refetchOnWindowFocus: false,
        refetchOnReconnect: false,
        networkMode: 'always',
        retry: options.retries === false ? false : isWorthRetry,
      },
      mutations: { networkMode: 'always', retry: false },
    },
    queryCache: new QueryCache({
      onError: (error) => {
        if (error instanceof Fault && error.code === 'no-session') endSession(client)
      },
    }),
  })
  return client
}

/** The session is over: the app shows the way in, which forgets the person. */
export function endSession(client: QueryClient): void {
  client.setQueryData<Session>(keys.session, CLOSED)
}

/** Nothing of the person stays in the page's memory. Called once no screen looks at it any more. */
export function forgetPerson(client: QueryClient): void {
  client.removeQueries({ predicate: (query) => !OF_NOBODY.has(query.queryKey[0]) })
}

export function useSession() {
  const api = useApi()
  return useQuery({ queryKey: keys.session, queryFn: ({ signal }) => api.session(signal) })
}

export function useRereadSession(): () => Promise<void> {
  const client = useQueryClient()
  const api = useApi()
  return useCallback(async () => {
    client.setQueryData<Session>(keys.session, await api.session())
  }, [client, api])
}

export function useOverview(account: string | undefined) {
  const api = useApi()
  return useQuery({ queryKey: keys.overview(account), queryFn: ({ signal }) => api.overview(account, signal) })
}

export function useYear(account: string | undefined) {
  const api = useApi()
  return useQuery({
    queryKey: keys.year(account),
    queryFn: ({ signal }) => api.year(account ?? '', signal),
    enabled: account !== undefined,
  })
}

export function useOperations(account: string | undefined, filter: OperationsFilter) {
  const api = useApi()
  return useInfiniteQuery({
    queryKey: keys.operations(account, filter),
    queryFn: ({ pageParam, signal }) => api.operations(account ?? '', filter, pageParam, signal),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    enabled: account !== undefined,
  })
}

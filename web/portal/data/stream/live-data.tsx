import type { InfiniteData, QueryClient } from '@tanstack/react-query'
import { useQueryClient } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { createContext, use, useEffect, useMemo, useState } from 'react'
import { useWorld } from '../context.tsx'
import { endSession, keys, useRereadSession } from '../queries.ts'
import type { AccountFrame, Frame, Operation, OperationsFilter, OperationsPage, Overview, Year } from '../types.ts'
import { leavesGap, matches, overviewAfter, overviewAged, unseen, yearAfter } from './apply.ts'
import type { StreamState } from './live-stream.ts'
import { LiveStream } from './live-stream.ts'

export interface LiveNews {
  state: StreamState
  /** How many times fresh data of an account has arrived: a pane brightens when its number grows. */
  arrivals: ReadonlyMap<string, number>
}

const NewsContext = createContext<LiveNews>({ state: 'connecting', arrivals: new Map() })

export function useLive(): LiveNews {
  return use(NewsContext)
}

type OperationsKey = readonly ['operations', string | undefined, OperationsFilter]

/** Puts new operations at the head of the lists that are kept; the list on screen shows them when it is asked to. */
function intoLists(client: QueryClient, account: string, operations: readonly Operation[]): void {
  for (const [key] of client.getQueriesData<InfiniteData<OperationsPage>>({ queryKey: keys.allOperations })) {
    const [, owner, filter] = key as OperationsKey
    if (owner !== account) continue
    const fitting = operations.filter((operation) => matches(operation, filter)).reverse()
    if (fitting.length === 0) continue
    client.setQueryData<InfiniteData<OperationsPage>>(key, (data) => {
      const [first, ...rest] = data?.pages ?? []
      if (!data || !first) return data
      return { ...data, pages: [{ ...first, operations: [...fitting, ...first.operations] }, ...rest] }
    })
  }
}

/** Writes an account frame into every cached answer that speaks of the account; asks the server only over a gap. */
function intoCache(client: QueryClient, frame: AccountFrame, position: number): void {
  // An operation may be the end of a payment's way, or money of it that went back.
  void client.invalidateQueries({ queryKey: keys.payments })
  client.setQueriesData<Overview>({ queryKey: keys.overviews }, (data) => data && overviewAfter(data, frame))
  if (leavesGap(frame, position)) {
    void client.invalidateQueries({ queryKey: keys.overviews })
    void client.invalidateQueries({ queryKey: keys.year(frame.account) })
    void client.invalidateQueries({ queryKey: ['operations', frame.account] })
    return
  }
  const fresh = unseen(frame, position)
  client.setQueryData<Year>(keys.year(frame.account), (data) => data && yearAfter(data, fresh))
  intoLists(client, frame.account, fresh)
}

/** The positions a page shows: of its overviews, and of what the stream has told since. */
class Shown {
  readonly #client: QueryClient
  readonly #told = new Map<string, number>()

  constructor(client: QueryClient) {
    this.#client = client
  }

  all(): Map<string, number> {
    const positions = new Map(this.#told)
    for (const [, overview] of this.#client.getQueriesData<Overview>({ queryKey: keys.overviews })) {
      const shown = overview?.account
      if (shown) positions.set(shown.account, Math.max(shown.position, positions.get(shown.account) ?? 0))
    }
    return positions
  }

  tell(account: string, position: number): void {
    this.#told.set(account, Math.max(position, this.#told.get(account) ?? 0))
  }
}

function take(client: QueryClient, shown: Shown, frame: Frame): string[] {
  switch (frame.type) {
    case 'hello':
      for (const { account, position } of frame.accounts) {
        if (!shown.all().has(account)) shown.tell(account, position)
      }
      return []
    case 'account': {
      const position = shown.all().get(frame.account) ?? 0
      if (frame.position < position) return []
      intoCache(client, frame, position)
      shown.tell(frame.account, frame.position)
      return [frame.account]
    }
    case 'age':
      client.setQueriesData<Overview>({ queryKey: keys.overviews }, (data) => data && overviewAged(data, frame.accounts))
      return []
    case 'bye':
      return []
  }
}

/** Joins the stream to the cache for as long as somebody is signed in. `ready`: there is a position to begin from. */
export function LiveData({ ready, children }: { ready: boolean; children: ReactNode }) {
  const client = useQueryClient()
  const { carriers } = useWorld()
  const reread = useRereadSession()
  const [state, setState] = useState<StreamState>('connecting')
  const [line, setLine] = useState(0)
  const [arrivals, setArrivals] = useState<ReadonlyMap<string, number>>(new Map())

  useEffect(() => {
    if (!ready) return
    const shown = new Shown(client)
    const stream = new LiveStream({
      carriers,
      positions: () => shown.all(),
      random: Math.random,
      onState: (now) => {
        setState(now)
        if (now !== 'ended') return
        // Whoever has proved who they are goes on under a new token: only the server knows whether it is over.
        reread().then(
          () => {
            setLine((count) => count + 1)
          },
          () => {
            endSession(client)
          },
        )
      },
      onFrame: (frame) => {
        for (const account of take(client, shown, frame)) {
          setArrivals((before) => new Map(before).set(account, (before.get(account) ?? 0) + 1))
        }
      },
    })
    const wake = () => {
      if (document.visibilityState === 'visible') stream.wake()
    }
    const lose = () => {
      stream.lose()
    }
    addEventListener('online', wake)
    addEventListener('offline', lose)
    document.addEventListener('visibilitychange', wake)
    stream.start()
    return () => {
      removeEventListener('online', wake)
      removeEventListener('offline', lose)
      document.removeEventListener('visibilitychange', wake)
      stream.stop()
    }
  }, [client, carriers, ready, reread, line])

  const news = useMemo(() => ({ state, arrivals }), [state, arrivals])
  return <NewsContext value={news}>{children}</NewsContext>
}

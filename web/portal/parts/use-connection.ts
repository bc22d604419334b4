import { useSyncExternalStore } from 'react'
import { useSecondsLeft } from '../../kit/time/clock.tsx'
import { useLive } from '../data/stream/live-data.tsx'
import { useAwaySince } from './use-away-since.ts'

/** A line that is back within this time was never worth a word. */
const PATIENCE_MS = 3_000

function follow(listener: () => void): () => void {
  addEventListener('online', listener)
  addEventListener('offline', listener)
  return () => {
    removeEventListener('online', listener)
    removeEventListener('offline', listener)
  }
}

/** What keeps fresh data away: the machine has no network, the server does not answer, or nothing (null). */
export function useConnection(): 'offline' | 'away' | null {
  const online = useSyncExternalStore(follow, () => navigator.onLine)
  const { state } = useLive()
  const since = useAwaySince(state === 'away')
  const patience = useSecondsLeft(since === null ? null : since + PATIENCE_MS)
  if (!online) return 'offline'
  return patience === 0 ? 'away' : null
}

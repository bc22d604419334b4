import { useEffect, useRef } from 'react'
import { useClock } from '../../../kit/time/clock.tsx'

/** The server hears of somebody at the keys at most this often. */
export const ALIVE_EVERY_MS = 5 * 60_000

/** Calls `onAlive` upon a real key or pointer, at most once in five minutes; silence says nothing. */
export function useActivity(onAlive: () => void): void {
  const clock = useClock()
  const last = useRef<number | null>(null)
  useEffect(() => {
    last.current ??= clock()
    const act = (event: Event) => {
      if (!event.isTrusted || clock() - (last.current ?? 0) < ALIVE_EVERY_MS) return
      last.current = clock()
      onAlive()
    }
    addEventListener('keydown', act)
    addEventListener('pointerdown', act)
    return () => {
      removeEventListener('keydown', act)
      removeEventListener('pointerdown', act)
    }
  }, [clock, onAlive])
}

import { useEffect, useRef } from 'react'
import { useClock } from '../../../kit/time/clock.tsx'

/** The server hears of somebody at the keys at most this often. */
export const ALIVE_EVERY_MS = 5 * 60_000

/** Calls `onAlive` upon a key or a pointer, at most once in five minutes, while `listening`; silence says nothing. */
export function useActivity(onAlive: () => void, listening: boolean): void {
  const clock = useClock()
  const last = useRef<number | null>(null)
  useEffect(() => {
    last.current ??= clock()
    if (!listening) return
    const act = () => {
      if (clock() - (last.current ?? 0) < ALIVE_EVERY_MS) return
      last.current = clock()
      onAlive()
    }
    addEventListener('keydown', act)
    addEventListener('pointerdown', act)
    return () => {
      removeEventListener('keydown', act)
      removeEventListener('pointerdown', act)
    }
  }, [clock, onAlive, listening])
}

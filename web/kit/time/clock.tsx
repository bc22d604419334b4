import { createContext, use, useEffect, useState } from 'react'

/** Milliseconds since the epoch; stories and tests pass a clock that stands still. */
export const ClockContext = createContext<() => number>(() => Date.now())

export function useClock(): () => number {
  return use(ClockContext)
}

/** The time now, looked at again every `stepMs`. */
export function useNow(stepMs: number): number {
  const clock = useClock()
  const [now, setNow] = useState(clock)
  useEffect(() => {
    const timer = setInterval(() => {
      setNow(clock())
    }, stepMs)
    return () => {
      clearInterval(timer)
    }
  }, [clock, stepMs])
  return now
}

/** Whole seconds left until `until` (milliseconds), never below zero; null stays null. */
export function useSecondsLeft(until: number | null): number | null {
  const now = useNow(250)
  return until === null ? null : Math.max(0, Math.ceil((until - now) / 1000))
}

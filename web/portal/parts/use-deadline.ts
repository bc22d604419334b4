import { useState } from 'react'
import { useClock, useSecondsLeft } from '../../kit/time/clock.tsx'

/**
 * A wait that the server has set: `start(30)` and it counts down to 0. The server says again what is left after a
 * reload, so nothing is kept in the browser.
 */
export function useDeadline(firstSeconds: number | null): {
  left: number | null
  start: (seconds: number) => void
} {
  const clock = useClock()
  const [until, setUntil] = useState(() => (firstSeconds === null ? null : clock() + firstSeconds * 1000))
  const left = useSecondsLeft(until)
  return {
    left,
    start: (seconds) => {
      setUntil(clock() + seconds * 1000)
    },
  }
}

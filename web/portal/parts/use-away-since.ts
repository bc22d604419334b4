import { useState } from 'react'
import { useClock } from '../../kit/time/clock.tsx'

/** When the line was lost, or null while there is one. Trying and losing again does not begin the count anew. */
export function useAwaySince(away: boolean): number | null {
  const clock = useClock()
  const [since, setSince] = useState<number | null>(null)
  if (away && since === null) setSince(clock())
  if (!away && since !== null) setSince(null)
  return since
}

import { createContext, use, useCallback } from 'react'
import { Fault } from '../data/api.ts'

/** Asks whoever sits there to prove again that it is them; false when they would rather not. */
export type Prove = () => Promise<boolean>

export const ProofContext = createContext<Prove | null>(null)

export const isUnproved = (error: unknown) => error instanceof Fault && error.code === 'proof-needed'

/** Does what the server may want a fresh proof for: asks for it, then does the same once more. */
export function useProved(): <T>(act: () => Promise<T>) => Promise<T> {
  const prove = use(ProofContext)
  if (!prove) throw new Error('nobody asks for a proof here: a ProofContext is missing')
  return useCallback(
    async (act) => {
      try {
        return await act()
      } catch (error) {
        if (!isUnproved(error) || !(await prove())) throw error
        return act()
      }
    },
    [prove],
  )
}

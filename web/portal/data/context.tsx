import { createContext, use } from 'react'
import type { Api } from './api.ts'
import type { Carrier } from './stream/carriers.ts'

/** What joins the app to the world. The browser gives the real ones; stories and tests give the twin's. */
export interface World {
  api: Api
  carriers: readonly [Carrier, ...Carrier[]]
  /** Takes the whole page to another site: a payment system's. */
  leave: (url: string) => void
}

export const WorldContext = createContext<World | null>(null)

export function useWorld(): World {
  const world = use(WorldContext)
  if (!world) throw new Error('the app stands outside a WorldContext')
  return world
}

export function useApi(): Api {
  return useWorld().api
}

export interface Zone {
  target: string
  from: string | string[]
  except?: string[]
  message: string
}
export const zones: Zone[]

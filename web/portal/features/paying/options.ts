import { signOf } from '../../../kit/money/amount.ts'
import type { PayCard, PayMethod } from '../../data/types.ts'
import { beyond } from './price.ts'

/** One line to choose: a way to pay, or a kept card that pays by that way. */
export interface Option {
  id: string
  method: PayMethod
  card: PayCard | null
}

/** Kept cards before the ways, each by the first way that is open and takes it. */
export function optionsOf(methods: readonly PayMethod[], cards: readonly PayCard[]): Option[] {
  const kept = cards.flatMap((card) => {
    const able = methods.filter((each) => card.methods.includes(each.id))
    const method = able.find((each) => !each.off) ?? able[0]
    return method ? [{ id: `card-${card.id}`, method, card }] : []
  })
  return [...kept, ...methods.map((method) => ({ id: method.id, method, card: null }))]
}

/** Why an option cannot be chosen now, if it cannot: it is off, its card is out of date, or the sum is beyond it. */
export function barOf({ method, card }: Option, total: string): 'off' | 'expired' | 'least' | 'most' | null {
  if (method.off) return 'off'
  if (card?.is_expired) return 'expired'
  return signOf(total) === 0 ? null : beyond(method, total)
}

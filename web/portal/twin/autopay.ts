import type { Autopay, AutopayTurn, PayCard } from '../data/types.ts'
import { KEPT } from './payments.ts'

type Answer = readonly [status: number, body: unknown]

/** What the portal host says of auto-payment: rules as the test has made them, and what is done to them. */
export class AutopayTwin {
  rules: Autopay[] = []
  readonly #cards: () => readonly PayCard[]

  constructor(cards: () => readonly PayCard[]) {
    this.#cards = cards
  }

  put(changes: Partial<Autopay> = {}): Autopay {
    const rule: Autopay = {
      id: `019aa6f0-0000-7000-8000-0000000a0${String(this.rules.length + 101)}`,
      account: '019aa6f0-0000-7000-8000-000000004567',
      card: KEPT.id,
      card_title: KEPT.title,
      kind: 'debt',
      day: null,
      ceiling: '5000.00',
      currency: 'RUB',
      state: 'on',
      look_at: '2026-03-15T07:00:00Z',
      turn: null,
      ...changes,
    }
    this.rules = [...this.rules, rule]
    return rule
  }

  turn(changes: Partial<AutopayTurn> = {}): AutopayTurn {
    const id = '019aa6f0-0000-7000-8000-00000000c4a1'
    return { id, due_on: '2026-03-16', amount: '1234.50', state: 'announced', reason: '', payment: null, ...changes }
  }

  answer(method: string, path: string, body: Record<string, unknown>): Answer {
    const [, , , id, act] = path.split('/')
    if (id === undefined) return method === 'POST' ? this.#make(body) : [200, this.rules]
    const rule = this.rules.find((each) => each.id === id)
    if (!rule) return [404, { code: 'not-found' }]
    if (method === 'DELETE') this.rules = this.rules.filter((each) => each !== rule)
    else this.#change(rule, act === 'turns' ? {} : { state: act === 'pause' ? 'paused' : 'on' }, act !== 'resume')
    return [204, null]
  }

  #change(rule: Autopay, changes: Partial<Autopay>, stops: boolean): void {
    const turn = stops && rule.turn?.state === 'announced' ? ({ ...rule.turn, state: 'stopped' } as const) : rule.turn
    this.rules = this.rules.map((each) => (each === rule ? { ...rule, ...changes, turn } : each))
  }

  #make(body: Record<string, unknown>): Answer {
    const card = this.#cards().find((each) => each.id === body['card'])
    if (!card) return [404, { code: 'not-found' }]
    if (this.rules.some((each) => each.account === body['account'])) return [409, { code: 'wrong-step' }]
    const { account, kind, day, ceiling } = body as Pick<Autopay, 'account' | 'kind' | 'day' | 'ceiling'>
    const rule = this.put({ account, kind, day, ceiling, card: card.id, card_title: card.title })
    return [201, { id: rule.id }]
  }
}

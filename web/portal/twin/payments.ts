import { addAmounts } from '../../kit/money/amount.ts'
import type { PayCard, Payment, PayGo, PayMethod } from '../data/types.ts'

/** What the portal host says of payments: their ways, and each payment as far as the test has let it come. */
export const CARD: PayMethod = {
  id: 'card',
  kind: 'card',
  title: { ru: 'Банковской картой', en: 'Bank card' },
  currency: 'RUB',
  least: '1.00',
  most: '500000.00',
  fee_percent: '0.00',
  fee_least: '0.00',
  arrives: 'at-once',
  off: null,
  receipt: [],
  saves: false,
}
export const SBP: PayMethod = { ...CARD, id: 'sbp', kind: 'sbp', title: null, least: '10.00', arrives: 'minutes' }
export const WALLET: PayMethod = {
  ...CARD,
  id: 'wallet',
  kind: 'wallet',
  title: { ru: 'Кошелёк ЮMoney', en: 'YooMoney wallet' },
  most: '15000.00',
  fee_percent: '0.80',
  fee_least: '1.00',
  arrives: 'day',
}
/** A way that sends a receipt and keeps cards, and a card that was kept there. */
export const FULL: PayMethod = { ...CARD, receipt: ['email', 'phone'], saves: true }
export const KEPT: PayCard = {
  id: '019aa6f0-0000-7000-8000-00000000ca4d',
  title: 'Mir •• 4444',
  expires: '2030-12',
  is_expired: false,
  is_default: true,
  methods: ['card'],
}
export const OTHER: PayCard = { ...KEPT, id: '019aa6f0-0000-7000-8000-00000000ca5d', title: 'Visa •• 1111', is_default: false }
export const PAGE = 'https://pay.example/checkout/8d1f'

type Answer = readonly [status: number, body: unknown]

export class PaymentsTwin {
  methods: readonly PayMethod[] = [CARD, SBP, WALLET]
  readonly all: Payment[] = []
  cards: PayCard[] = []
  /** Where a payment is sent as soon as it is asked about; null: the payment system has not answered yet. */
  go: PayGo | null = { kind: 'redirect', url: PAGE }
  readonly #keys = new Map<string, string>()
  readonly #now: () => number

  constructor(now: () => number) {
    this.#now = now
  }

  /** A payment that has come as far as `changes` say. */
  put(changes: Partial<Payment> = {}): Payment {
    const number = this.all.length + 41
    const payment: Payment = {
      id: `019aa6f0-0000-7000-8000-0000000000${String(number)}`,
      number,
      state: 'accepted',
      method: 'card',
      amount: '1234.50',
      currency: 'RUB',
      refunded: '0.00',
      returns: [],
      moves: [],
      shares: [{ account: '019aa6f0-0000-7000-8000-000000004567', amount: '1234.50', posted: false }],
      go: null,
      ended: null,
      reason: '',
      receipt: null,
      accepted_at: this.#time(),
      confirmed_at: null,
      posted_at: null,
      ...changes,
    }
    this.all.push(payment)
    return payment
  }

  confirm(payment: Payment): void {
    Object.assign(payment, { state: 'confirmed', go: null, confirmed_at: this.#time() })
  }

  /** Money of a payment goes back: all that it has been given back by the company until now is `refunded`. */
  giveBack(payment: Payment, amount: string, refunded = amount): void {
    const returns = [...payment.returns, { kind: 'refund' as const, amount, at: this.#time() }]
    Object.assign(payment, { refunded, returns })
  }

  post(payment: Payment): void {
    this.confirm(payment)
    const shares = payment.shares.map((share) => ({ ...share, posted: true }))
    Object.assign(payment, { state: 'posted', posted_at: this.#time(), shares })
  }

  close(payment: Payment, ended: Payment['ended'], reason = ''): void {
    Object.assign(payment, { state: 'closed', go: null, ended, reason })
  }

  answer(method: string, path: string, body: Record<string, unknown>): Answer {
    if (path === '/api/payments/methods') return [200, this.methods]
    if (path.startsWith('/api/payments/cards')) return this.#card(method, path)
    if (path === '/api/payments') return method === 'POST' ? this.#start(body) : [200, this.all.toReversed()]
    const [, , , id, again] = path.split('/')
    const payment = this.all.find((each) => each.id === id)
    if (!payment) return [404, { code: 'not-found' }]
    if (again) return this.#again(payment)
    if (payment.state === 'accepted') payment.go = this.go
    return [200, payment]
  }

  #start(body: Record<string, unknown>): Answer {
    const key = String(body['key'])
    const wish = JSON.stringify([body['method'], body['shares']])
    const standing = this.#keys.get(key)
    if (standing !== undefined && standing !== wish) return [409, { code: 'key-taken' }]
    const known = this.all.find((each) => each.state === 'accepted' && this.#wish(each) === wish)
    const method = this.methods.find((each) => each.id === body['method'])
    if (!method || method.off) return [422, { code: 'unknown-method' }]
    if (body['card'] !== undefined && !this.cards.some((each) => each.id === body['card'])) return [404, { code: 'not-found' }]
    const shares = body['shares'] as { account: string; amount: string }[]
    this.#keys.set(key, wish)
    const payment =
      known ??
      this.put({
        method: method.id,
        amount: shares.reduce((sum, share) => addAmounts(sum, share.amount), '0'),
        shares: shares.map((share) => ({ ...share, posted: false })),
      })
    return [202, { id: payment.id }]
  }

  #card(method: string, path: string): Answer {
    const id = path.split('/')[4]
    if (id === undefined) return [200, this.cards]
    const card = this.cards.find((each) => each.id === id)
    if (!card) return [404, { code: 'not-found' }]
    if (method === 'DELETE') {
      const left = this.cards.filter((each) => each !== card)
      this.cards = left.map((each, index) => (card.is_default && index === 0 ? { ...each, is_default: true } : each))
    } else {
      const rest = this.cards.filter((each) => each !== card).map((each) => ({ ...each, is_default: false }))
      this.cards = [{ ...card, is_default: true }, ...rest]
    }
    return [204, null]
  }

  #again(payment: Payment): Answer {
    if (payment.state !== 'closed') return [409, { code: 'wrong-step' }]
    Object.assign(payment, { state: 'accepted', ended: null, reason: '', go: null })
    return [202, { id: payment.id }]
  }

  #wish(payment: Payment): string {
    return JSON.stringify([payment.method, payment.shares.map(({ account, amount }) => ({ account, amount }))])
  }

  #time(): string {
    return new Date(this.#now()).toISOString()
  }
}

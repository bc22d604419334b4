import type { OpenLink, OpenPayment, PaymentPromise, PayGo, PayLink, PayMethod, Promises } from '../data/types.ts'

/** What the portal host says of links that anybody pays by, and of promises to pay later. */
export const TOKEN = 'lnk-4Fq2'
export const COMPANY = 'Водоканал «Ключ»'

type Answer = readonly [status: number, body: unknown]
const DAY_MS = 86_400_000
const TAIL_CHARS = 4

export class RoadsTwin {
  readonly links: PayLink[] = []
  readonly promises: PaymentPromise[] = []
  readonly paid: OpenPayment[] = []
  offer: Promises['offer']
  methods: readonly PayMethod[]
  amount: string | null = '1234.50'
  purpose = ''
  go: PayGo | null = { kind: 'redirect', url: 'https://pay.example/checkout/8d1f' }
  readonly #now: () => number

  constructor(now: () => number, methods: readonly PayMethod[]) {
    this.#now = now
    this.methods = methods
    this.offer = { most: '3000.00', currency: 'RUB', first: this.#day(1), last: this.#day(7) }
  }

  link(changes: Partial<PayLink> = {}): PayLink {
    const made: PayLink = {
      id: `019aa6f0-0000-7000-8000-0000000001${String(this.links.length + 10)}`,
      account: '019aa6f0-0000-7000-8000-000000004567',
      state: 'open',
      amount: '1234.50',
      currency: 'RUB',
      paid: '0.00',
      created_at: this.#time(0),
      expires_at: this.#time(7),
      ...changes,
    }
    this.links.unshift(made)
    return made
  }

  promise(changes: Partial<PaymentPromise> = {}): PaymentPromise {
    const asked: PaymentPromise = {
      id: `019aa6f0-0000-7000-8000-0000000002${String(this.promises.length + 10)}`,
      state: 'asked',
      amount: '1234.50',
      currency: 'RUB',
      until: this.#day(7),
      granted_until: null,
      reason: '',
      asked_at: this.#time(0),
      answered_at: null,
      ...changes,
    }
    this.promises.unshift(asked)
    return asked
  }

  /** A payment by a link that has come as far as `changes` say. */
  put(changes: Partial<OpenPayment> = {}): OpenPayment {
    const payment: OpenPayment = {
      id: `019aa6f0-0000-7000-8000-0000000003${String(this.paid.length + 10)}`,
      number: this.paid.length + 71,
      state: 'accepted',
      company: COMPANY,
      amount: '1234.50',
      currency: 'RUB',
      go: null,
      ended: null,
      reason: '',
      accepted_at: this.#time(0),
      confirmed_at: null,
      posted_at: null,
      ...changes,
    }
    this.paid.push(payment)
    return payment
  }

  answer(method: string, path: string, body: Record<string, unknown>): Answer {
    switch (`${method} ${path}`) {
      case 'GET /api/links':
        return [200, this.links]
      case 'POST /api/links':
        return [201, { token: TOKEN, link: this.link({ amount: body['amount'] as string | null }) }]
      case 'GET /api/promises':
        return [200, { offer: this.offer, promises: this.promises }]
      case 'POST /api/promises':
        return [202, { id: this.promise({ amount: String(body['amount']), until: String(body['until']) }).id }]
      case 'POST /api/links/open/look':
        return body['token'] === TOKEN ? [200, this.#shown()] : [404, { code: 'no-link' }]
      case 'POST /api/links/open/pay':
        return [202, { id: this.put({ amount: String(body['amount']) }).id }]
      case 'POST /api/links/open/payment':
        return this.#payment(String(body['payment']))
      default:
        return this.#revoke(path.split('/')[3])
    }
  }

  #shown(): OpenLink {
    return {
      company: COMPANY,
      tail: '019aa6f0-0000-7000-8000-000000004567'.slice(-TAIL_CHARS),
      amount: this.amount,
      currency: 'RUB',
      purpose: this.purpose,
      expires_at: this.#time(7),
      methods: [...this.methods],
    }
  }

  #payment(id: string): Answer {
    const payment = this.paid.find((each) => each.id === id)
    if (!payment) return [404, { code: 'not-found' }]
    if (payment.state === 'accepted') payment.go = this.go
    return [200, payment]
  }

  #revoke(id: string | undefined): Answer {
    const link = this.links.find((each) => each.id === id)
    if (!link) return [404, { code: 'not-found' }]
    link.state = 'revoked'
    return [200, link]
  }

  #time(days: number): string {
    return new Date(this.#now() + days * DAY_MS).toISOString()
  }

  #day(days: number): string {
    return this.#time(days).slice(0, 10)
  }
}

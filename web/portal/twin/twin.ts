import { addAmounts } from '../../kit/money/amount.ts'
import type { Api } from '../data/api.ts'
import { createApi } from '../data/api.ts'
import type { World } from '../data/context.tsx'
import { matches } from '../data/stream/apply.ts'
import type { Carrier, LineEvents } from '../data/stream/carriers.ts'
import type { AccountFrame, Frame, Operation, OperationKind, Session } from '../data/types.ts'
import type { Book, Person } from './people.ts'
import { NOW, stateOf, yearOf } from './people.ts'
import { CARD, PaymentsTwin, SBP } from './payments.ts'
import { COMPANY, RoadsTwin } from './roads.ts'
import { AutopayTwin } from './autopay.ts'
import { PapersTwin } from './papers.ts'
import { ProofTwin } from './proof.ts'
import { RegistrationTwin } from './registration.ts'

interface Room {
  answer: (method: string, path: string, body: Record<string, unknown>) => readonly [number, unknown]
}

/** A twin of the portal host in the page's memory: the same answers, refusals and frames, no network. */
export const PASSWORD = 'window-light'
export const CODE = '123456'

const TRIES_MAX = 3
const IDLE_MS = 15 * 60_000
const EXPIRES_MS = 12 * 3_600_000
const RESEND_AFTER_S = 30
const CODE_LIVES_S = 300
const FRAME_MAX = 50

type Trouble = 'hang' | 'down' | ({ status: number; code: string } & Members)
interface Call {
  method: string
  path: string
  body: Record<string, unknown>
  headers: Record<string, string>
}

export interface TwinOptions {
  person: Person
  state?: Session['state']
  now?: () => number
  /** Method and path, or path alone -> what goes wrong there. */
  troubles?: Record<string, Trouble>
  /** The stream does not open. */
  streamDown?: boolean
}

export class Twin {
  readonly calls: Call[] = []
  readonly troubles: Map<string, Trouble>
  readonly person: Person
  /** The addresses' `after` of every line that was opened, by carrier. */
  readonly opened: { carrier: 'socket' | 'events'; after: string }[] = []
  streamDown: boolean
  idleUntil: number
  expiresAt: number
  resendAt: number
  state: Session['state']
  readonly registration: RegistrationTwin
  readonly payments: PaymentsTwin
  readonly roads: RoadsTwin
  readonly autopay: AutopayTwin
  readonly papers: PapersTwin
  readonly proof: ProofTwin
  /** Pages of other sites that the app has gone to. */
  readonly left: string[] = []
  readonly #now: () => number
  readonly #lines = new Set<LineEvents>()
  #triesLeft = TRIES_MAX

  constructor({ person, state = 'open', now = () => NOW, troubles = {}, streamDown = false }: TwinOptions) {
    this.person = person
    this.state = state
    this.#now = now
    this.troubles = new Map(Object.entries(troubles))
    this.streamDown = streamDown
    this.idleUntil = now() + IDLE_MS
    this.expiresAt = now() + EXPIRES_MS
    this.resendAt = now() + RESEND_AFTER_S * 1000
    this.payments = new PaymentsTwin(now)
    this.roads = new RoadsTwin(now, [CARD, SBP])
    this.autopay = new AutopayTwin(() => this.payments.cards)
    this.papers = new PapersTwin(now)
    this.proof = new ProofTwin(PASSWORD, CODE, person.phone)
    this.registration = new RegistrationTwin(CODE, now, () => {
      this.state = 'open'
    })
  }

  get api(): Api {
    return createApi(this.fetch, () => 'ru')
  }

  get world(): World {
    return { api: this.api, carriers: [this.#carrier('socket'), this.#carrier('events')], leave: (url) => this.left.push(url) }
  }

  readonly fetch = async (input: string, init: RequestInit): Promise<Response> => {
    const url = new URL(input, 'http://portal.localhost')
    const method = init.method ?? 'GET'
    const body = typeof init.body === 'string' ? (JSON.parse(init.body) as Record<string, unknown>) : {}
    this.calls.push({ method, path: url.pathname + url.search, body, headers: init.headers as Record<string, string> })
    const trouble = this.troubles.get(`${method} ${url.pathname}`) ?? this.troubles.get(url.pathname)
    if (trouble === 'hang') return new Promise(() => undefined)
    if (trouble === 'down') throw new TypeError('Failed to fetch')
    if (trouble) return refusal(trouble.status, trouble.code, trouble)
    return Promise.resolve(this.#answer(method, url, body))
  }

  /** Something is posted in the books: the state moves and every open line hears of it. */
  post(entry: { kind: OperationKind; amount: string; text: string }, index = 0): Operation {
    const book = this.person.books[index]
    if (!book) throw new Error('the person has no such account')
    const last = book.operations.at(-1)
    const position = (last?.position ?? 0) + 1
    const operation: Operation = {
      ...entry,
      position,
      key: `op-${String(position)}`,
      channel: null,
      balance: addAmounts(last?.balance ?? '0.00', entry.amount),
      posted_at: new Date(this.#now()).toISOString(),
    }
    book.operations.push(operation)
    book.as_of = operation.posted_at
    this.send(frameOf(book, position - 1))
    return operation
  }

  send(frame: Frame): void {
    for (const line of [...this.#lines]) line.onText(JSON.stringify(frame))
  }

  /** Every line breaks; `streamDown` decides whether new ones open. */
  breakLines(): void {
    const lines = [...this.#lines]
    this.#lines.clear()
    for (const line of lines) line.onLost()
  }

  #carrier(name: 'socket' | 'events'): Carrier {
    return (after, events) => {
      this.opened.push({ carrier: name, after })
      queueMicrotask(() => {
        if (this.streamDown) events.onLost()
        else this.#greet(events, after)
      })
      return { close: () => this.#lines.delete(events) }
    }
  }

  #greet(events: LineEvents, after: string): void {
    this.#lines.add(events)
    const accounts = this.person.books.map((book) => ({ account: book.account, position: stateOf(book).position }))
    events.onText(JSON.stringify({ type: 'hello', accounts } satisfies Frame))
    for (const [account, position] of after.split(',').map((each) => each.split(':'))) {
      const book = this.person.books.find((each) => each.account === account)
      if (book && stateOf(book).position > Number(position)) {
        events.onText(JSON.stringify(frameOf(book, Number(position))))
      }
    }
  }

  /** Who answers under a path, if a room of its own does. */
  #room(path: string): Room | null {
    const name = /^\/api\/(payments|autopay|links|promises|documents|accounts)(?:\/|$)/u.exec(path)?.[1]
    const rooms: Record<string, Room> = {
      payments: this.payments,
      autopay: this.autopay,
      links: this.roads,
      promises: this.roads,
      documents: this.papers,
      accounts: this.papers,
    }
    return rooms[name ?? ''] ?? null
  }

  #answer(method: string, url: URL, body: Record<string, unknown>): Response {
    if (url.pathname.startsWith('/live/')) return this.#live(url)
    if (url.pathname.startsWith('/api/registration')) {
      const [status, told] = this.registration.answer(method, url.pathname, body)
      return status < 400 ? json(told, status) : refusal(status, String(told['code']), told)
    }
    if (url.pathname.startsWith('/api/session/proof')) {
      const [status, told] = this.proof.answer(url.pathname, body)
      if (told === null) return new Response(null, { status })
      return status < 400 ? json(told, status) : refusal(status, String(told['code']), told)
    }
    const room = this.#room(url.pathname)
    if (room !== null) {
      if (this.state !== 'open' && !url.pathname.startsWith('/api/links/open/')) return refusal(401, 'no-session')
      if (this.proof.wants(method, url.pathname)) return refusal(403, 'proof-needed')
      const [status, told] = room.answer(method, url.pathname, body)
      if (status === 204) return new Response(null, { status })
      return status < 400 ? json(told, status) : refusal(status, (told as { code: string }).code)
    }
    switch (`${method} ${url.pathname}`) {
      case 'GET /api/session':
        return json(this.#session())
      case 'POST /api/session/password':
        return this.#password(body)
      case 'POST /api/session/code':
        return this.#code(String(body['code']))
      case 'POST /api/session/code/resend':
        this.resendAt = this.#now() + RESEND_AFTER_S * 1000
        this.#triesLeft = TRIES_MAX
        return json({ resend_after_s: RESEND_AFTER_S, expires_in_s: CODE_LIVES_S })
      case 'POST /api/session/alive':
        this.idleUntil = this.#now() + IDLE_MS
        return new Response(null, { status: 204 })
      case 'DELETE /api/session':
        this.state = 'closed'
        return new Response(null, { status: 204 })
      case 'PATCH /api/profile':
        return json({})
      default:
        return refusal(404, 'not-found')
    }
  }

  #session(): Session {
    const open = this.state === 'open'
    const code = this.state === 'code'
    return {
      state: this.state,
      user: open ? { name: this.person.name, locale: 'ru' } : null,
      phone: code ? this.person.phone : null,
      resend_after_s: code ? Math.max(0, Math.ceil((this.resendAt - this.#now()) / 1000)) : null,
      expires_at: open ? new Date(this.expiresAt).toISOString() : null,
      idle_until: open ? new Date(this.idleUntil).toISOString() : null,
      company: open ? COMPANY : null,
    }
  }

  #password(body: Record<string, unknown>): Response {
    if (body['password'] !== PASSWORD) return refusal(401, 'wrong-credentials')
    this.state = 'code'
    this.resendAt = this.#now() + RESEND_AFTER_S * 1000
    const { phone } = this.person
    return json({ step: 'code', phone, resend_after_s: RESEND_AFTER_S, expires_in_s: CODE_LIVES_S })
  }

  #code(code: string): Response {
    if (this.#triesLeft === 0) return refusal(410, 'code-expired')
    if (code !== CODE) {
      this.#triesLeft -= 1
      return refusal(401, 'wrong-code', { tries_left: this.#triesLeft })
    }
    this.state = 'open'
    return json({ state: 'open' })
  }

  #live(url: URL): Response {
    if (this.state !== 'open') return refusal(401, 'no-session')
    const { books } = this.person
    const named = url.searchParams.get('account')
    const book = named === null ? books[0] : books.find((each) => each.account === named)
    if (named !== null && !book) return refusal(404, 'not-found')
    switch (url.pathname) {
      case '/live/v1/overview':
        return json({ accounts: books.map(lineOf), account: book ? stateOf(book) : null })
      case '/live/v1/operations':
        return json(pageOf(book, url.searchParams))
      case '/live/v1/year':
        return json({ months: book ? yearOf(book, this.#now()) : [] })
      default:
        return refusal(404, 'not-found')
    }
  }
}

function lineOf(book: Book) {
  const { account, tail, title, currency, balance, status, as_of, stale } = stateOf(book)
  return { account, tail, title, currency, balance, status, as_of, stale }
}

function pageOf(book: Book | undefined, parameters: URLSearchParams) {
  const before = Number(parameters.get('before') ?? Infinity)
  const limit = Number(parameters.get('limit') ?? 50)
  const filter = {
    kind: (parameters.get('kind') ?? undefined) as OperationKind | undefined,
    from: parameters.get('from') ?? undefined,
    to: parameters.get('to') ?? undefined,
  }
  const fitting = (book?.operations ?? [])
    .filter((operation) => operation.position < before && matches(operation, filter))
    .reverse()
  const operations = fitting.slice(0, limit)
  return { operations, next: fitting.length > limit ? (operations.at(-1)?.position ?? null) : null }
}

function frameOf(book: Book, after: number): AccountFrame {
  const state = stateOf(book)
  const operations = book.operations.filter((operation) => operation.position > after).slice(0, FRAME_MAX)
  const position = operations.at(-1)?.position ?? state.position
  const { account, balance, due, status, as_of, stale } = state
  const more = position < state.position
  return { type: 'account', id: `${account}:${String(position)}`, account, position, balance, due, status, as_of, stale, operations, more }
}

function json(body: unknown, status = 200): Response {
  return new Response(JSON.stringify(body), { status, headers: { 'Content-Type': 'application/json' } })
}

interface Members {
  retryAfterS?: number
  tries_left?: number
  field?: string
  reasons?: string[]
  least?: number
  most?: number
}

function refusal(status: number, code: string, rest: Members = {}): Response {
  const headers: Record<string, string> = { 'Content-Type': 'application/problem+json' }
  const { retryAfterS, ...members } = rest
  if (retryAfterS !== undefined) headers['Retry-After'] = String(retryAfterS)
  const problem = {
    type: `urn:okno:problem:${code}`,
    title: code,
    status,
    detail: code,
    code,
    instance: 'urn:uuid:019aa6f0-7c11',
    ...members,
  }
  return new Response(JSON.stringify(problem), { status, headers })
}

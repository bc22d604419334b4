import type { Registration } from '../data/types.ts'

export const NUMBER = '4400 1234 5600 4567'
export const CONTRACT = '17-204'
export const NEW_PASSWORD = 'лиловый трактор'

const TRIES_MAX = 5
const CODES_MAX = 3
const PAUSE_MS = 30_000
const LIFE_MS = 30 * 60_000

type Answer = readonly [status: number, body: Record<string, unknown>]

/** The host's half of a first registration, and the inside behind it: it answers at the next look, or when told to. */
export class RegistrationTwin {
  state: Registration['state'] = 'none'
  facts: Registration['facts'] = ['contract', 'birth-date', 'last-bill', 'last-payment']
  triesLeft = TRIES_MAX
  codesLeft = CODES_MAX
  /** The account has a user already. */
  linked = false
  /** The inside does not answer. */
  silent = false
  /** When another code may be asked for. */
  againAt = 0
  #number = ''
  #typed = ''
  readonly #code: string
  readonly #now: () => number
  readonly #onOpen: () => void

  constructor(code: string, now: () => number, onOpen: () => void) {
    this.#code = code
    this.#now = now
    this.#onOpen = onOpen
  }

  answer(method: string, path: string, body: Record<string, unknown>): Answer {
    switch (`${method} ${path}`) {
      case 'GET /api/registration':
        this.#hear()
        return [200, this.#stands()]
      case 'POST /api/registration':
        return this.#begin(body)
      case 'POST /api/registration/again':
        return this.#again()
      case 'POST /api/registration/code':
        return this.#prove(String(body['code']))
      case 'POST /api/registration/password':
        return this.#open(String(body['password']))
      default:
        return [404, { code: 'not-found' }]
    }
  }

  /** As after a reload: somebody is on the way already. */
  stand(state: Registration['state'], number = NUMBER): void {
    this.state = state
    this.#number = number
    this.againAt = this.#now() + PAUSE_MS
  }

  #begin({ number, fact, value }: Record<string, unknown>): Answer {
    if (!/\d/u.test(String(number))) return [422, { code: 'unreadable-fact', field: 'number' }]
    if (fact === 'birth-date' && !/^\d\d\.\d\d\.\d{4}$/u.test(String(value))) {
      return [422, { code: 'unreadable-fact', field: 'value' }]
    }
    this.triesLeft = TRIES_MAX
    this.codesLeft = CODES_MAX
    this.stand('asking', String(number))
    return [202, this.#stands()]
  }

  #again(): Answer {
    const wait = Math.ceil((this.againAt - this.#now()) / 1000)
    if (wait > 0) return [429, { code: 'throttled', retryAfterS: wait }]
    this.codesLeft -= 1
    this.stand('asking', this.#number)
    return [202, this.#stands()]
  }

  #prove(code: string): Answer {
    if (this.state === 'expired') return [410, { code: 'registration-over' }]
    this.triesLeft -= 1
    this.#typed = code
    this.state = 'checking'
    return [202, this.#stands()]
  }

  #open(password: string): Answer {
    if (this.state !== 'proven') return [409, { code: 'wrong-step' }]
    if (password.length < 8) return [422, { code: 'weak-password', reasons: ['too-short'] }]
    this.state = 'none'
    this.#onOpen()
    return [200, { state: 'open' }]
  }

  /** What the inside has said meanwhile. */
  #hear(): void {
    if (this.silent) return
    if (this.state === 'asking') this.state = 'code-sent'
    else if (this.state === 'checking') this.state = this.#typed !== this.#code ? 'refused' : this.linked ? 'linked' : 'proven'
  }

  #stands(): Record<string, unknown> {
    const { state, facts, triesLeft } = this
    const isBegun = state !== 'none' && state !== 'expired'
    const canAsk = state === 'away' || ((state === 'code-sent' || state === 'refused') && this.codesLeft > 0)
    return {
      state,
      facts,
      tail: isBegun ? this.#number.slice(-4) : null,
      login: state === 'proven' ? this.#number.replaceAll(' ', '') : null,
      tries_left: isBegun ? triesLeft : null,
      again_after_s: canAsk ? Math.max(0, Math.ceil((this.againAt - this.#now()) / 1000)) : null,
      expires_at: isBegun ? new Date(this.#now() + LIFE_MS).toISOString() : null,
    } satisfies Registration
  }
}

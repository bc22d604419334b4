type Answer = readonly [status: number, body: Record<string, unknown> | null]

const SENSITIVE = [
  /^POST \/api\/autopay$/u,
  /^POST \/api\/autopay\/[^/]+\/resume$/u,
  /^POST \/api\/payments\/cards\/[^/]+\/default$/u,
  /^DELETE \/api\/payments\/cards\/[^/]+$/u,
]
const TRIES_MAX = 3
const RESEND_AFTER_S = 30
const CODE_LIVES_S = 300

/** What the portal host wants proved again, and how. Proved at first, so that whoever looks at other things is not asked. */
export class ProofTwin {
  isProved = true
  #isSent = false
  #triesLeft = TRIES_MAX
  readonly #password: string
  readonly #code: string
  readonly #phone: string

  constructor(password: string, code: string, phone: string) {
    this.#password = password
    this.#code = code
    this.#phone = phone
  }

  wants(method: string, path: string): boolean {
    return !this.isProved && SENSITIVE.some((each) => each.test(`${method} ${path}`))
  }

  answer(path: string, body: Record<string, unknown>): Answer {
    if (path === '/api/session/proof') return this.#begin(body['password'] === this.#password)
    if (!this.#isSent) return [409, { code: 'wrong-step' }]
    if (path === '/api/session/proof/code/resend') {
      return [200, { resend_after_s: RESEND_AFTER_S, expires_in_s: CODE_LIVES_S }]
    }
    if (body['code'] !== this.#code) {
      this.#triesLeft -= 1
      return [401, { code: 'wrong-code', tries_left: this.#triesLeft }]
    }
    this.isProved = true
    return [204, null]
  }

  #begin(isRight: boolean): Answer {
    if (!isRight) return [401, { code: 'wrong-password' }]
    this.#isSent = true
    return [200, { step: 'code', phone: this.#phone, resend_after_s: RESEND_AFTER_S, expires_in_s: CODE_LIVES_S }]
  }
}

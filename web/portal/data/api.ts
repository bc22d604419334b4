import type {
  Autopay,
  AutopayWish,
  ActContract,
  Appeal,
  CodeSent,
  CodeStep,
  Facts,
  LetterSent,
  LetterWish,
  LinkMade,
  LinkWanted,
  LinkWish,
  OpenLink,
  OpenPayment,
  OperationsFilter,
  OperationsPage,
  Opened,
  Overview,
  PayCard,
  Paper,
  PaperWish,
  Payment,
  PayLink,
  PayMethod,
  PayWish,
  Promises,
  PromiseWanted,
  Registration,
  Session,
  Slip,
  Started,
  Year,
} from './types.ts'

/** One refusal of the server, or its absence (`status` 0: the network did not carry the request). */
export class Fault extends Error {
  override name = 'Fault'
  readonly status: number
  readonly code: string
  /** What a person can read out to support. */
  readonly reference: string
  readonly retryAfterS: number | null
  readonly triesLeft: number | null
  /** Which field could not be read. */
  readonly field: string | null
  /** Why a password is weak. */
  readonly reasons: readonly string[]
  /** Between which amounts a payment has to be, in minor units. */
  readonly limits: { least: number; most: number } | null

  constructor(status: number, body: Record<string, unknown> = {}, retryAfterS: number | null = null) {
    const code = typeof body['code'] === 'string' ? body['code'] : status === 0 ? 'no-network' : 'unknown'
    super(typeof body['detail'] === 'string' ? body['detail'] : code)
    this.status = status
    this.code = code
    this.retryAfterS = retryAfterS
    this.triesLeft = typeof body['tries_left'] === 'number' ? body['tries_left'] : null
    this.field = typeof body['field'] === 'string' ? body['field'] : null
    this.reasons = Array.isArray(body['reasons']) ? body['reasons'].map(String) : []
    const [least, most] = [body['least'], body['most']]
    this.limits = typeof least === 'number' && typeof most === 'number' ? { least, most } : null
    const instance = typeof body['instance'] === 'string' ? body['instance'].split(':').at(-1) : undefined
    this.reference = [status || null, code, instance].filter(Boolean).join(' · ')
  }
}

export type Fetch = (input: string, init: RequestInit) => Promise<Response>

async function faultOf(response: Response): Promise<Fault> {
  const after = Number(response.headers.get('Retry-After'))
  let body: Record<string, unknown> = {}
  try {
    body = (await response.json()) as Record<string, unknown>
  } catch (error) {
    console.info('an error without a problem document', response.status, error)
  }
  return new Fault(response.status, body, Number.isFinite(after) && after > 0 ? after : null)
}

function query(parameters: Record<string, string | number | undefined>): string {
  const filled = Object.entries(parameters).filter((pair): pair is [string, string | number] => pair[1] !== undefined)
  return filled.length ? `?${new URLSearchParams(filled.map(([key, value]) => [key, String(value)])).toString()}` : ''
}

export const PAGE_SIZE = 50

/** Calls of the portal host. Every unsafe request carries X-Okno, which a foreign page cannot send. */
export function createApi(fetch: Fetch, language: () => string) {
  async function send(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<Response> {
    const headers: Record<string, string> = { Accept: 'application/json', 'Accept-Language': language() }
    if (method !== 'GET') headers['X-Okno'] = '1'
    if (body !== undefined) headers['Content-Type'] = 'application/json'
    let response: Response
    try {
      response = await fetch(path, {
        method,
        headers,
        credentials: 'same-origin',
        cache: 'no-store',
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        ...(signal ? { signal } : {}),
      })
    } catch (error) {
      if (signal?.aborted) throw error
      throw new Fault(0)
    }
    if (!response.ok) throw await faultOf(response)
    return response
  }

  const get = async <T>(path: string, signal?: AbortSignal) => {
    const response = await send('GET', path, undefined, signal)
    return (await response.json()) as T
  }
  const post = async <T>(path: string, body: unknown) => (await (await send('POST', path, body)).json()) as T

  return {
    session: (signal?: AbortSignal) => get<Session>('/api/session', signal),
    password: (login: string, password: string) => post<CodeStep>('/api/session/password', { login, password }),
    code: (code: string) => post<Opened>('/api/session/code', { code }),
    resend: () => post<CodeSent>('/api/session/code/resend', {}),
    proofPassword: (password: string) => post<CodeStep>('/api/session/proof', { password }),
    proofCode: async (code: string) => {
      await send('POST', '/api/session/proof/code', { code })
    },
    proofResend: () => post<CodeSent>('/api/session/proof/code/resend', {}),
    registration: (signal?: AbortSignal) => get<Registration>('/api/registration', signal),
    register: (facts: Facts) => post<Registration>('/api/registration', facts),
    registrationAgain: () => post<Registration>('/api/registration/again', {}),
    registrationCode: (code: string) => post<Registration>('/api/registration/code', { code }),
    registrationPassword: (password: string) => post<Opened>('/api/registration/password', { password }),
    alive: async () => {
      await send('POST', '/api/session/alive', {})
    },
    leave: async () => {
      await send('DELETE', '/api/session', {})
    },
    payMethods: (signal?: AbortSignal) => get<PayMethod[]>('/api/payments/methods', signal),
    payCards: (signal?: AbortSignal) => get<PayCard[]>('/api/payments/cards', signal),
    cardDefault: async (id: string) => {
      await send('POST', `/api/payments/cards/${encodeURIComponent(id)}/default`, {})
    },
    cardRemove: async (id: string) => {
      await send('DELETE', `/api/payments/cards/${encodeURIComponent(id)}`, {})
    },
    autopay: (signal?: AbortSignal) => get<Autopay[]>('/api/autopay', signal),
    autopayMake: (wish: AutopayWish) => post<{ id: string }>('/api/autopay', wish),
    autopayAct: async (id: string, act: 'pause' | 'resume') => {
      await send('POST', `/api/autopay/${encodeURIComponent(id)}/${act}`, {})
    },
    autopayEnd: async (id: string) => {
      await send('DELETE', `/api/autopay/${encodeURIComponent(id)}`, {})
    },
    autopayStop: async (id: string, turn: string) => {
      await send('POST', `/api/autopay/${encodeURIComponent(id)}/turns/${encodeURIComponent(turn)}/stop`, {})
    },
    payments: (signal?: AbortSignal) => get<Payment[]>('/api/payments', signal),
    payment: (id: string, signal?: AbortSignal) => get<Payment>(`/api/payments/${encodeURIComponent(id)}`, signal),
    pay: (wish: PayWish) => post<Started>('/api/payments', wish),
    payAgain: (id: string) => post<Started>(`/api/payments/${encodeURIComponent(id)}/again`, {}),
    links: (account: string, signal?: AbortSignal) => get<PayLink[]>(`/api/links${query({ account })}`, signal),
    linkMake: (wanted: LinkWanted) => post<LinkMade>('/api/links', wanted),
    linkRevoke: (id: string) => post<PayLink>(`/api/links/${encodeURIComponent(id)}/revoke`, {}),
    linkLook: (token: string) => post<OpenLink>('/api/links/open/look', { token }),
    linkPay: (wish: LinkWish) => post<Started>('/api/links/open/pay', wish),
    linkPayment: (payment: string) => post<OpenPayment>('/api/links/open/payment', { payment }),
    promises: (account: string, signal?: AbortSignal) => get<Promises>(`/api/promises${query({ account })}`, signal),
    promise: (wanted: PromiseWanted) => post<Started>('/api/promises', wanted),
    papers: (account: string, signal?: AbortSignal) =>
      get<Paper[]>(`/api/accounts/${encodeURIComponent(account)}/documents`, signal),
    askPaper: (account: string, wish: PaperWish) =>
      post<Started>(`/api/accounts/${encodeURIComponent(account)}/documents`, wish),
    paper: (id: string, signal?: AbortSignal) => get<Paper>(`/api/documents/${encodeURIComponent(id)}`, signal),
    mailPaper: (id: string, wish: LetterWish) =>
      post<LetterSent>(`/api/documents/${encodeURIComponent(id)}/letter`, wish),
    slip: (id: string, signal?: AbortSignal) => get<Slip>(`/api/documents/${encodeURIComponent(id)}/slip`, signal),
    actLines: (id: string, signal?: AbortSignal) =>
      get<ActContract[]>(`/api/documents/${encodeURIComponent(id)}/lines`, signal),
    appeals: (id: string, signal?: AbortSignal) =>
      get<Appeal[]>(`/api/documents/${encodeURIComponent(id)}/appeals`, signal),
    appeal: (id: string, line: number, note: string) =>
      post<Started>(`/api/documents/${encodeURIComponent(id)}/appeals`, { line, note }),
    locale: async (locale: string) => {
      await send('PATCH', '/api/profile', { locale })
    },
    overview: (account: string | undefined, signal?: AbortSignal) =>
      get<Overview>(`/live/v1/overview${query({ account })}`, signal),
    operations: (account: string, filter: OperationsFilter, before: number | undefined, signal?: AbortSignal) =>
      get<OperationsPage>(`/live/v1/operations${query({ account, before, limit: PAGE_SIZE, ...filter })}`, signal),
    year: (account: string, signal?: AbortSignal) => get<Year>(`/live/v1/year${query({ account })}`, signal),
  }
}

export type Api = ReturnType<typeof createApi>

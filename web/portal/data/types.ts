/** The portal host's answers as the app reads them. Amounts are decimal strings, times RFC 3339 in UTC. */
export interface SessionUser {
  name: string
  locale: string
}

export interface Session {
  state: 'closed' | 'code' | 'open'
  user: SessionUser | null
  phone: string | null
  resend_after_s: number | null
  expires_at: string | null
  idle_until: string | null
}

export interface CodeSent {
  step: 'code'
  phone: string
  resend_after_s: number
  expires_in_s: number
}

export interface CodeResent {
  resend_after_s: number
  expires_in_s: number
}

export type OperationKind = 'charge' | 'payment' | 'credit' | 'refund' | 'correction'

export interface Operation {
  position: number
  key: string
  kind: OperationKind
  channel: string | null
  /** Signed by the accountants' rule: + is owed by the customer. */
  amount: string
  balance: string
  posted_at: string
  text: string
}

export type AccountStatus = 'active' | 'blocked' | 'closed'

export interface Due {
  amount: string
  /** Calendar day, or null when the books name none. */
  on: string | null
}

export interface AccountLine {
  account: string
  tail: string
  title: string
  currency: string
  balance: string
  status: AccountStatus
  as_of: string
  stale: boolean
}

export interface AccountState extends AccountLine {
  due: Due | null
  position: number
  operations: Operation[]
}

export interface Overview {
  accounts: AccountLine[]
  account: AccountState | null
}

export interface OperationsPage {
  operations: Operation[]
  next: number | null
}

export interface OperationsFilter {
  kind?: OperationKind | undefined
  /** Calendar days, both included. */
  from?: string | undefined
  to?: string | undefined
}

export interface Month {
  month: string
  charged: string
  paid: string
}

export interface Year {
  months: Month[]
}

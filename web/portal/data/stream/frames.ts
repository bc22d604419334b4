import type { AccountStatus, Due, Operation } from '../types.ts'

/** What `live` says over the stream, the same over WebSocket and server-sent events. */
export type Frame =
  | { type: 'hello'; accounts: { account: string; position: number }[] }
  | AccountFrame
  | { type: 'age'; accounts: { account: string; as_of: string; stale: boolean }[] }
  | { type: 'bye'; reason: 'session-ended' | 'too-slow' | 'shutdown' }

export interface AccountFrame {
  type: 'account'
  id: string
  account: string
  position: number
  balance: string
  due: Due | null
  status: AccountStatus
  as_of: string
  stale: boolean
  /** Oldest first. */
  operations: Operation[]
  more: boolean
}

const TYPES = new Set(['hello', 'account', 'age', 'bye'])

/** A frame, or null for a type this release does not know: a newer server may say more. */
export function readFrame(text: string): Frame | null {
  const value = JSON.parse(text) as { type?: unknown } | null
  return typeof value?.type === 'string' && TYPES.has(value.type) ? (value as Frame) : null
}

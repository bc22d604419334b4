import type { Frame } from '../types.ts'

const TYPES = new Set(['hello', 'account', 'age', 'bye'])

/** A frame, or null for a type this release does not know: a newer server may say more. */
export function readFrame(text: string): Frame | null {
  const value = JSON.parse(text) as { type?: unknown } | null
  return typeof value?.type === 'string' && TYPES.has(value.type) ? (value as Frame) : null
}

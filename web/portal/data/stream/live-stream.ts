import type { Carrier, Line } from './carriers.ts'
import type { Frame } from '../types.ts'
import { readFrame } from './frames.ts'

export type StreamState = 'connecting' | 'open' | 'away' | 'ended'

export interface StreamParts {
  /** In the order of preference; the next one is taken once the first has failed twice without a hello. */
  carriers: readonly [Carrier, ...Carrier[]]
  /** What the page shows now, so that a new line begins exactly there. */
  positions: () => ReadonlyMap<string, number>
  onFrame: (frame: Frame) => void
  onState: (state: StreamState) => void
  random: () => number
}

const FAILURES_PER_CARRIER_MAX = 2
const WAIT_FIRST_MS = 500
const WAIT_MAX_MS = 30_000
const HELLO_WAIT_MAX_MS = 10_000

/** Milliseconds before try number `failures` (1, 2, …): doubled each time, drawn from its upper half. */
export function waitMs(failures: number, random: number): number {
  const ceiling = Math.min(WAIT_MAX_MS, WAIT_FIRST_MS * 2 ** (failures - 1))
  return Math.round(ceiling / 2 + (ceiling / 2) * random)
}

/** Keeps one line to `live` open, from what is shown on. It never asks again for what the page already has. */
export class LiveStream {
  readonly #parts: StreamParts
  #line: Line | null = null
  #timer: ReturnType<typeof setTimeout> | undefined
  #carrier = 0
  /** Lines lost since the last hello. */
  #failures = 0
  #greeted = false
  #over = true

  constructor(parts: StreamParts) {
    this.#parts = parts
  }

  start(): void {
    if (!this.#over) return
    this.#over = false
    this.#parts.onState('connecting')
    this.#open()
  }

  stop(): void {
    this.#over = true
    this.#drop()
  }

  /** The network is back or the page is looked at again: try now, not when the wait is over. */
  wake(): void {
    if (this.#over || this.#line) return
    clearTimeout(this.#timer)
    this.#open()
  }

  /** The network has gone: a line that looks open carries nothing, and trying another way would teach nothing. */
  lose(): void {
    if (this.#over) return
    this.#drop()
    this.#parts.onState('away')
    this.#openIn(WAIT_MAX_MS)
  }

  #open(): void {
    this.#greeted = false
    const after = [...this.#parts.positions()].map(([account, position]) => `${account}:${String(position)}`).join(',')
    const carrier = this.#parts.carriers[this.#carrier] ?? this.#parts.carriers[0]
    this.#line = carrier(after, {
      onText: (text) => {
        this.#take(text)
      },
      onLost: () => {
        this.#lost()
      },
    })
    this.#timer = setTimeout(() => {
      if (!this.#greeted) this.#lost()
    }, HELLO_WAIT_MAX_MS)
  }

  #take(text: string): void {
    const frame = readFrame(text)
    if (!frame) return
    if (frame.type === 'hello') {
      this.#greeted = true
      this.#failures = 0
      clearTimeout(this.#timer)
      this.#parts.onState('open')
    }
    if (frame.type === 'bye' && frame.reason === 'session-ended') {
      this.stop()
      this.#parts.onState('ended')
    }
    this.#parts.onFrame(frame)
  }

  #lost(): void {
    this.#drop()
    this.#failures += 1
    if (!this.#greeted && this.#failures % FAILURES_PER_CARRIER_MAX === 0) {
      this.#carrier = (this.#carrier + 1) % this.#parts.carriers.length
    }
    this.#parts.onState('away')
    this.#openIn(waitMs(this.#failures, this.#parts.random()))
  }

  #openIn(ms: number): void {
    this.#timer = setTimeout(() => {
      this.#open()
    }, ms)
  }

  #drop(): void {
    clearTimeout(this.#timer)
    this.#line?.close()
    this.#line = null
  }
}

import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import type { Carrier, LineEvents } from './carriers.ts'
import type { Frame } from '../types.ts'
import type { StreamState } from './live-stream.ts'
import { LiveStream, waitMs } from './live-stream.ts'

interface Opened {
  way: 'socket' | 'events'
  after: string
  events: LineEvents
  closed: boolean
}

const HELLO = JSON.stringify({ type: 'hello', accounts: [] })

function stage() {
  const opened: Opened[] = []
  const states: StreamState[] = []
  const frames: Frame[] = []
  const positions = new Map([['a', 7]])
  const carrier =
    (way: Opened['way']): Carrier =>
    (after, events) => {
      const line = { way, after, events, closed: false }
      opened.push(line)
      return { close: () => (line.closed = true) }
    }
  const stream = new LiveStream({
    carriers: [carrier('socket'), carrier('events')],
    positions: () => positions,
    onFrame: (frame) => frames.push(frame),
    onState: (state) => states.push(state),
    random: () => 1,
  })
  const last = () => {
    const line = opened.at(-1)
    if (!line) throw new Error('no line was opened')
    return line
  }
  return { stream, opened, states, frames, positions, last }
}

beforeEach(() => {
  vi.useFakeTimers()
})

afterEach(() => {
  vi.useRealTimers()
})

test('a wait doubles up to half a minute and is drawn from its upper half', () => {
  expect([1, 2, 3, 7, 20].map((failures) => waitMs(failures, 1))).toEqual([500, 1000, 2000, 30_000, 30_000])
  expect([1, 2, 3].map((failures) => waitMs(failures, 0))).toEqual([250, 500, 1000])
})

test('a line begins where the page is', () => {
  const { stream, last, states, positions } = stage()
  positions.set('b', 3)
  stream.start()
  expect(last().after).toBe('a:7,b:3')
  last().events.onText(HELLO)
  expect(states).toEqual(['connecting', 'open'])
})

test('a lost line is opened again from what is shown by then', () => {
  const { stream, opened, last, positions, states } = stage()
  stream.start()
  last().events.onText(HELLO)
  positions.set('a', 9)
  last().events.onLost()
  expect(states.at(-1)).toBe('away')
  vi.advanceTimersByTime(499)
  expect(opened).toHaveLength(1)
  vi.advanceTimersByTime(1)
  expect(last()).toMatchObject({ way: 'socket', after: 'a:9' })
})

describe('the way', () => {
  test('changes after two failures without a hello, and again after two more', () => {
    const { stream, opened, last } = stage()
    stream.start()
    for (let tries = 0; tries < 5; tries += 1) {
      last().events.onLost()
      vi.advanceTimersByTime(30_000 - 1)
    }
    expect(opened.slice(0, 5).map((line) => line.way)).toEqual(['socket', 'socket', 'events', 'events', 'socket'])
  })

  test('that has worked is kept after a loss', () => {
    const { stream, last } = stage()
    stream.start()
    last().events.onLost()
    vi.advanceTimersByTime(500)
    last().events.onText(HELLO)
    last().events.onLost()
    vi.advanceTimersByTime(500)
    expect(last().way).toBe('socket')
  })

  test('that says nothing for ten seconds is given up', () => {
    const { stream, opened, states } = stage()
    stream.start()
    vi.advanceTimersByTime(10_000)
    expect(opened[0]?.closed).toBe(true)
    expect(states.at(-1)).toBe('away')
  })
})

describe('the end of the session', () => {
  test('ends the stream for good', () => {
    const { stream, opened, last, states, frames } = stage()
    stream.start()
    last().events.onText(HELLO)
    last().events.onText(JSON.stringify({ type: 'bye', reason: 'session-ended' }))
    expect(states.at(-1)).toBe('ended')
    expect(frames.at(-1)).toEqual({ type: 'bye', reason: 'session-ended' })
    vi.advanceTimersByTime(120_000)
    stream.wake()
    stream.lose()
    expect(opened).toHaveLength(1)
  })

  test('is not a shutdown of the server, after which the line comes back', () => {
    const { stream, opened, last } = stage()
    stream.start()
    last().events.onText(HELLO)
    last().events.onText(JSON.stringify({ type: 'bye', reason: 'shutdown' }))
    last().events.onLost()
    vi.advanceTimersByTime(500)
    expect(opened).toHaveLength(2)
  })
})

test('the network that is back is tried at once; a line that stands is left alone', () => {
  const { stream, opened, last } = stage()
  stream.start()
  last().events.onText(HELLO)
  stream.wake()
  expect(opened).toHaveLength(1)
  stream.lose()
  expect(last().closed).toBe(true)
  stream.wake()
  expect(opened).toHaveLength(2)
  vi.advanceTimersByTime(500)
  expect(opened).toHaveLength(2)
})

test('a network that was away does not change the way, and is tried again even if nobody says that it is back', () => {
  const { stream, opened, last, states } = stage()
  stream.start()
  last().events.onText(HELLO)
  stream.lose()
  expect(states.at(-1)).toBe('away')
  vi.advanceTimersByTime(29_999)
  expect(opened).toHaveLength(1)
  vi.advanceTimersByTime(1)
  expect(last().way).toBe('socket')
})

test('a frame of a newer server is passed over', () => {
  const { stream, last, frames } = stage()
  stream.start()
  last().events.onText('{"type":"confetti"}')
  last().events.onText('null')
  expect(frames).toEqual([])
})

test('starting twice opens one line; stopping closes it and starting opens another', () => {
  const { stream, opened, last } = stage()
  stream.start()
  stream.start()
  expect(opened).toHaveLength(1)
  stream.stop()
  expect(last().closed).toBe(true)
  vi.advanceTimersByTime(60_000)
  expect(opened).toHaveLength(1)
  stream.start()
  expect(opened).toHaveLength(2)
})

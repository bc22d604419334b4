import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { overServerSentEvents, overWebSocket } from './carriers.ts'

/** The browser's two ways, as small as the carriers need them. */
class Socket {
  static last: Socket
  onmessage: ((event: { data: string }) => void) | undefined
  onclose: (() => void) | undefined
  onerror: (() => void) | undefined
  closed = false
  readonly url: string

  constructor(url: URL) {
    this.url = url.href
    Socket.last = this
  }

  close() {
    this.closed = true
    this.onclose?.()
  }
}

class Source extends EventTarget {
  static last: Source
  onerror: (() => void) | undefined
  closed = false
  readonly url: string

  constructor(url: string) {
    super()
    this.url = url
    Source.last = this
  }

  close() {
    this.closed = true
  }
}

function listener() {
  const texts: string[] = []
  let lost = 0
  return { texts, lost: () => lost, events: { onText: (text: string) => texts.push(text), onLost: () => (lost += 1) } }
}

beforeEach(() => {
  vi.stubGlobal('WebSocket', Socket)
  vi.stubGlobal('EventSource', Source)
})

afterEach(() => {
  vi.unstubAllGlobals()
})

describe('WebSocket', () => {
  test('opens at the host of the page, from a position', () => {
    overWebSocket('a:7,b:3', listener().events)
    expect(Socket.last.url).toBe('ws://localhost:3000/live/v1/stream?after=a%3A7%2Cb%3A3')
    overWebSocket('', listener().events)
    expect(Socket.last.url).toBe('ws://localhost:3000/live/v1/stream')
  })

  test('is lost once, whether it fails or closes', () => {
    const heard = listener()
    overWebSocket('', heard.events)
    Socket.last.onmessage?.({ data: 'one' })
    Socket.last.onerror?.()
    Socket.last.onclose?.()
    Socket.last.onmessage?.({ data: 'late' })
    expect(heard.texts).toEqual(['one'])
    expect(heard.lost()).toBe(1)
  })

  test('is not lost when we close it', () => {
    const heard = listener()
    overWebSocket('', heard.events).close()
    expect(Socket.last.closed).toBe(true)
    expect(heard.lost()).toBe(0)
  })
})

describe('server-sent events', () => {
  test('carry the same frames, named or not', () => {
    const heard = listener()
    overServerSentEvents('a:7', heard.events)
    expect(Source.last.url).toBe('/live/v1/events?after=a%3A7')
    Source.last.dispatchEvent(new MessageEvent('message', { data: 'one' }))
    Source.last.dispatchEvent(new MessageEvent('account', { data: 'two' }))
    expect(heard.texts).toEqual(['one', 'two'])
  })

  test('are closed upon an error, so that the browser does not go on from an old position', () => {
    const heard = listener()
    overServerSentEvents('', heard.events)
    expect(Source.last.url).toBe('/live/v1/events')
    Source.last.onerror?.()
    expect(Source.last.closed).toBe(true)
    expect(heard.lost()).toBe(1)
  })

  test('are not lost when we close them', () => {
    const heard = listener()
    overServerSentEvents('', heard.events).close()
    Source.last.onerror?.()
    expect(heard.lost()).toBe(0)
  })
})

/** Two ways for the same frames: WebSocket, and server-sent events for proxies that stop WebSockets. */
export interface Line {
  close: () => void
}

export interface LineEvents {
  onText: (text: string) => void
  onLost: () => void
}

/** Opens one line; `onLost` comes at most once and never after `close`. */
export type Carrier = (after: string, events: LineEvents) => Line

const NAMES = ['message', 'hello', 'account', 'age', 'bye'] as const

function once(events: LineEvents) {
  let over = false
  return {
    text: (text: string) => {
      if (!over) events.onText(text)
    },
    lost: () => {
      if (over) return
      over = true
      events.onLost()
    },
    end: () => {
      over = true
    },
  }
}

export const overWebSocket: Carrier = (after, events) => {
  const guard = once(events)
  const address = new URL('/live/v1/stream', location.href)
  address.protocol = address.protocol.replace('http', 'ws')
  if (after) address.searchParams.set('after', after)
  const socket = new WebSocket(address)
  socket.onmessage = (event: MessageEvent<string>) => {
    guard.text(event.data)
  }
  socket.onclose = guard.lost
  socket.onerror = guard.lost
  return {
    close: () => {
      guard.end()
      socket.close()
    },
  }
}

export const overServerSentEvents: Carrier = (after, events) => {
  const guard = once(events)
  const query = after ? `?${new URLSearchParams({ after }).toString()}` : ''
  const source = new EventSource(`/live/v1/events${query}`)
  const take = (event: Event) => {
    guard.text((event as MessageEvent<string>).data)
  }
  for (const name of NAMES) source.addEventListener(name, take)
  // The browser would try again by itself, with a position that is older than what the page shows by then.
  source.onerror = () => {
    source.close()
    guard.lost()
  }
  return {
    close: () => {
      guard.end()
      source.close()
    },
  }
}

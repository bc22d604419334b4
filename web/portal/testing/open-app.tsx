import { render, screen, waitFor } from '@testing-library/react'
import { Router } from 'wouter'
import { memoryLocation } from 'wouter/memory-location'
import { ClockContext } from '../../kit/time/clock.tsx'
import { App } from '../app/app.tsx'
import { createQueryClient } from '../data/queries.ts'
import type { Twin } from '../twin/twin.ts'
import { NOW } from '../twin/people.ts'

/** Opens the whole app on a twin of its server, at an address, and says where it went. */
export function openApp(twin: Twin, at = '/', clock: () => number = () => NOW) {
  const [path = '/', search = ''] = at.split('?')
  const place = memoryLocation({ path, searchPath: search, record: true })
  const client = createQueryClient({ retries: false })
  const { container, unmount } = render(
    <ClockContext value={clock}>
      <Router hook={place.hook} searchHook={place.searchHook}>
        <App world={twin.world} client={client} />
      </Router>
    </ClockContext>,
  )
  return { container, unmount, client, address: () => place.history.at(-1) ?? '' }
}

/** The element of a guide id, once it is there. */
export async function there(guide: string): Promise<HTMLElement> {
  return waitFor(() => here(guide))
}

export function here(guide: string): HTMLElement {
  const element = document.querySelector<HTMLElement>(`[data-guide="${guide}"]`)
  if (!element) throw new Error(`no ${guide} on the page: ${document.body.textContent.slice(0, 300)}`)
  return element
}

export function isHere(guide: string): boolean {
  return document.querySelector(`[data-guide="${guide}"]`) !== null
}

/** Where the keyboard goes on from, once it is there. */
export async function isFocused(guide: string): Promise<void> {
  await waitFor(() => {
    if (document.activeElement !== here(guide)) throw new Error(`the focus is not on ${guide}`)
  })
}

export async function reads(text: string | RegExp): Promise<void> {
  await waitFor(() => screen.getAllByText(text, { exact: false }))
}

/** What people see of an element: no-break spaces as spaces. */
export function textOf(element: HTMLElement): string {
  return element.textContent.replaceAll('\u00a0', ' ')
}

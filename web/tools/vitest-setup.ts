import { cleanup, configure } from '@testing-library/react'
import { afterEach, beforeAll, beforeEach } from 'vitest'
import { setView } from '../kit/view/view-store.ts'
import { speak } from '../portal/app/i18n.ts'

// A busy machine is slow, not wrong: ten times what a quiet one needs.
configure({ asyncUtilTimeout: 10_000 })

/** What jsdom lacks, in the smallest form that behaves: modal dialogs, media queries, scrolling. */
const media = new Map<string, boolean>()

export function setMedia(query: string, matches: boolean): void {
  media.set(query, matches)
}

Object.defineProperty(globalThis, 'matchMedia', {
  writable: true,
  value: (query: string) => ({
    get matches() {
      return media.get(query) ?? false
    },
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
  }),
})

Object.assign(globalThis, { scrollTo: () => undefined })

Object.assign(HTMLDialogElement.prototype, {
  showModal(this: HTMLDialogElement) {
    this.open = true
  },
  close(this: HTMLDialogElement) {
    this.open = false
  },
})

beforeAll(async () => {
  await speak('en')
  await speak('ru')
})

beforeEach(() => {
  media.clear()
  localStorage.clear()
  sessionStorage.clear()
  setView({ theme: 'light', text: 'normal', hidden: false, language: 'ru' })
})

afterEach(cleanup)

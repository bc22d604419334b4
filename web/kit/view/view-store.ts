import { useSyncExternalStore } from 'react'

/** How the customer likes to see the pages. The only things kept in the browser's storage: none of it is personal. */
export type Theme = 'light' | 'night' | 'contrast' | 'system'
export type TextSize = 'normal' | 'large'
export type Language = 'ru' | 'en'

export interface View {
  theme: Theme
  text: TextSize
  hidden: boolean
  language: Language
}

export const THEMES: readonly Theme[] = ['light', 'night', 'contrast', 'system']
export const LANGUAGES: readonly Language[] = ['ru', 'en']

const KEY = 'okno.view'
const DEFAULT: View = { theme: 'system', text: 'normal', hidden: false, language: 'ru' }

let current: View = DEFAULT
const listeners = new Set<() => void>()

function isOneOf<T>(values: readonly T[], value: unknown): value is T {
  return (values as readonly unknown[]).includes(value)
}

function parse(raw: string | null): View {
  let stored: Record<string, unknown> = {}
  try {
    stored = (JSON.parse(raw ?? '{}') ?? {}) as Record<string, unknown>
  } catch {
    return DEFAULT // somebody else's or a broken value: the defaults are always right
  }
  return {
    theme: isOneOf(THEMES, stored['theme']) ? stored['theme'] : DEFAULT.theme,
    text: stored['text'] === 'large' ? 'large' : 'normal',
    hidden: stored['hidden'] === true,
    language: isOneOf(LANGUAGES, stored['language']) ? stored['language'] : DEFAULT.language,
  }
}

/** What "as in the system" means on this machine now. */
export function resolveTheme(theme: Theme): Exclude<Theme, 'system'> {
  if (theme !== 'system') return theme
  if (matchMedia('(prefers-contrast: more)').matches) return 'contrast'
  return matchMedia('(prefers-color-scheme: dark)').matches ? 'night' : 'light'
}

function paint(view: View): void {
  const root = document.documentElement
  root.dataset['theme'] = resolveTheme(view.theme)
  root.dataset['text'] = view.text
  root.lang = view.language
}

function tell(): void {
  paint(current)
  for (const listener of listeners) listener()
}

export function setView(change: Partial<View>): void {
  current = { ...current, ...change }
  try {
    localStorage.setItem(KEY, JSON.stringify(current))
  } catch (error) {
    console.info('the view is not kept: this browser has no storage', error)
  }
  tell()
}

/** Reads what was kept and follows the system and the other tabs. Returns the way to stop. */
export function startView(): () => void {
  current = parse(localStorage.getItem(KEY))
  paint(current)
  const repaint = () => {
    tell()
  }
  const follow = (event: StorageEvent) => {
    if (event.key !== KEY) return
    current = parse(event.newValue)
    tell()
  }
  const queries = ['(prefers-color-scheme: dark)', '(prefers-contrast: more)'].map((query) => matchMedia(query))
  for (const query of queries) query.addEventListener('change', repaint)
  addEventListener('storage', follow)
  return () => {
    for (const query of queries) query.removeEventListener('change', repaint)
    removeEventListener('storage', follow)
  }
}

export function currentView(): View {
  return current
}

export function useView(): View {
  return useSyncExternalStore((listener) => {
    listeners.add(listener)
    return () => listeners.delete(listener)
  }, currentView)
}

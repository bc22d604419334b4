import type { ReactNode } from 'react'
import { use, useEffect, useState } from 'react'
import { Router } from 'wouter'
import { memoryLocation } from 'wouter/memory-location'
import { ClockContext } from '../../kit/time/clock.tsx'
import type { Language, View } from '../../kit/view/view-store.ts'
import { setView } from '../../kit/view/view-store.ts'
import { App } from '../app/app.tsx'
import { speak } from '../app/i18n.ts'
import { createQueryClient } from '../data/queries.ts'
import { NOW } from '../twin/people.ts'
import type { Twin } from '../twin/twin.ts'

interface StageProps {
  /** The host that the app talks to. */
  twin: Twin
  /** Address in the portal. */
  at?: string
  view?: Partial<View>
  clock?: () => number
  /** What happens once the app stands. */
  then?: (twin: Twin) => Promise<void>
}

const spoken = new Map<Language, Promise<void>>()

function speaking(language: Language): Promise<void> {
  const known = spoken.get(language)
  if (known) return known
  const loading = speak(language)
  spoken.set(language, loading)
  return loading
}

/** The theme and language of a picture come from its address (`&globals=`), else from the story. */
function viewOfAddress(): Partial<View> {
  const parameters = new URLSearchParams(location.search)
  const view: Record<string, string> = {}
  for (const key of ['theme', 'language', 'text'] as const) {
    const value = parameters.get(key)
    if (value) view[key] = value
  }
  return view
}

/** Dresses the page before anything is drawn on it: theme, size of text, language. */
export function useDress(view: Partial<View>): void {
  const [full] = useState(() => {
    const whole: View = { theme: 'light', text: 'normal', hidden: false, language: 'ru', ...view, ...viewOfAddress() }
    setView(whole)
    return whole
  })
  use(speaking(full.language))
}

/** The whole app, as customers have it, on a twin of the server: a picture that cannot drift from the product. */
export function Stage({ twin, at = '/', view = {}, clock = () => NOW, then }: StageProps): ReactNode {
  useDress(view)
  const [place] = useState(() => {
    const [path = '/', search = ''] = at.split('?')
    return memoryLocation({ path, searchPath: search })
  })
  const [client] = useState(() => createQueryClient({ retries: false }))
  const [world] = useState(() => twin.world)
  useEffect(() => {
    if (!then) return
    const timer = setTimeout(() => {
      void then(twin)
    })
    return () => {
      clearTimeout(timer)
    }
  }, [twin, then])
  return (
    <ClockContext value={clock}>
      <Router hook={place.hook} searchHook={place.searchHook}>
        <App world={world} client={client} />
      </Router>
    </ClockContext>
  )
}

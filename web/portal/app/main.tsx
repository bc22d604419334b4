import '../../kit/fonts/fonts.css'
import '../../kit/tokens/tokens.css'
import '../../kit/tokens/base.css'

import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { currentView, startView } from '../../kit/view/view-store.ts'
import { createApi } from '../data/api.ts'
import { createQueryClient } from '../data/queries.ts'
import { overServerSentEvents, overWebSocket } from '../data/stream/carriers.ts'
import { App } from './app.tsx'
import { speak } from './i18n.ts'

startView()
const world = {
  api: createApi((input, init) => fetch(input, init), () => currentView().language),
  carriers: [overWebSocket, overServerSentEvents] as const,
  leave: (url: string) => {
    location.assign(url)
  },
}
await speak(currentView().language)
const place = document.getElementById('app')
if (!place) throw new Error('the page has no place for the app')
createRoot(place).render(
  <StrictMode>
    <App world={world} client={createQueryClient()} />
  </StrictMode>,
)

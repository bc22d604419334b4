import { I18nProvider } from '@lingui/react'
import { QueryClientProvider, type QueryClient } from '@tanstack/react-query'
import { lazy, Suspense, useEffect, useState } from 'react'
import { Redirect, useLocation, useSearch } from 'wouter'
import { Pane } from '../../kit/pane/frame.tsx'
import { useView } from '../../kit/view/view-store.ts'
import { useSession } from '../data/queries.ts'
import type { Session, SessionUser } from '../data/types.ts'
import type { World } from '../data/context.tsx'
import { WorldContext } from '../data/context.tsx'
import { SignInScreen } from '../features/sign-in/sign-in-screen.tsx'
import { FaultMessage } from '../parts/fault-message.tsx'
import { Screen } from '../parts/screen.tsx'
import { Crash } from './crash.tsx'
import { i18n, speak } from './i18n.ts'
import { NOBODY, Shell } from './shell.tsx'
import { Waiting } from './waiting.tsx'

const SignedIn = lazy(() => import('./signed-in.tsx'))

interface AppProps {
  world: World
  client: QueryClient
}

/** The customer's app, given the world it lives in. The catalogue of the first language is loaded before it. */
export function App({ world, client }: AppProps) {
  const { language } = useView()
  useEffect(() => {
    void speak(language)
  }, [language])
  return (
    <I18nProvider i18n={i18n}>
      <Crash>
        <WorldContext value={world}>
          <QueryClientProvider client={client}>
            <Door />
          </QueryClientProvider>
        </WorldContext>
      </Crash>
    </I18nProvider>
  )
}

/** Lets in, or shows the way in. The server alone says which. */
function Door() {
  const session = useSession()
  const [idledOut, setIdledOut] = useState(false)
  if (session.data?.state === 'open') {
    return (
      <Suspense fallback={<WaitingShell user={session.data.user ?? NOBODY} />}>
        <AfterSignIn session={session.data} onIdledOut={setIdledOut} />
      </Suspense>
    )
  }
  if (session.data) {
    return (
      <Shell user={null}>
        <BeforeSignIn session={session.data} idledOut={idledOut} />
      </Shell>
    )
  }
  if (!session.error) return <WaitingShell user={null} />
  return (
    <Shell user={null}>
      <Screen guide="screen.away" title={document.title} layout="single">
        <Pane guide="away">
          <FaultMessage
            guide="away"
            level={1}
            error={session.error}
            onRetry={() => {
              void session.refetch()
            }}
          />
        </Pane>
      </Screen>
    </Shell>
  )
}

function WaitingShell({ user }: { user: SessionUser | null }) {
  return (
    <Shell user={user}>
      <Waiting />
    </Shell>
  )
}

function BeforeSignIn({ session, idledOut }: { session: Session; idledOut: boolean }) {
  const [path] = useLocation()
  const search = useSearch()
  if (path !== '/login') {
    const here = search ? `${path}?${search}` : path
    return <Redirect to={here === '/' ? '/login' : `/login?${new URLSearchParams({ next: here }).toString()}`} replace />
  }
  return <SignInScreen session={session} idledOut={idledOut && session.state === 'closed'} />
}

/** Where they were going before they had to sign in: only ever a path of this site. */
export function nextPath(search: string): string {
  const next = new URLSearchParams(search).get('next') ?? '/'
  return /^\/(?![/\\])/u.test(next) && !next.startsWith('/login') ? next : '/'
}

interface AfterSignInProps {
  session: Session
  onIdledOut: (idledOut: boolean) => void
}

function AfterSignIn({ session, onIdledOut }: AfterSignInProps) {
  const [path] = useLocation()
  const search = useSearch()
  useEffect(() => {
    onIdledOut(false)
  }, [onIdledOut])
  if (path === '/login') return <Redirect to={nextPath(search)} replace />
  return <SignedIn session={session} onIdledOut={onIdledOut} />
}

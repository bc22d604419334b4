import { I18nProvider } from '@lingui/react'
import { QueryClientProvider, useQueryClient, type QueryClient } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { lazy, Suspense, useEffect, useState } from 'react'
import { Redirect, Route, Switch, useLocation, useSearch } from 'wouter'
import { Pane } from '../../kit/pane/frame.tsx'
import { useView } from '../../kit/view/view-store.ts'
import { forgetPerson, useSession } from '../data/queries.ts'
import type { Session } from '../data/types.ts'
import type { World } from '../data/context.tsx'
import { WorldContext } from '../data/context.tsx'
import { SignInScreen } from '../features/sign-in/sign-in-screen.tsx'
import { FaultMessage } from '../parts/fault-message.tsx'
import { Screen } from '../parts/screen.tsx'
import { Crash } from './crash.tsx'
import { i18n, speak } from './i18n.ts'
import { Shell } from './shell.tsx'
import { SignedIn } from './signed-in.tsx'
import { Waiting } from './waiting.tsx'

// Whoever pays by a link may have never been here before, and needs none of the rest.
const LinkScreen = lazy(() => import('../features/paying/link-screen.tsx'))
const PaidScreen = lazy(() => import('../features/payment/paid-screen.tsx'))
// Once in a customer's life: it comes as a file of its own.
const RegistrationScreen = lazy(() => import('../features/registration/registration-screen.tsx'))

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
            <Switch>
              <Route path="/l">
                <Open>
                  <LinkScreen />
                </Open>
              </Route>
              <Route path="/paid/:id">
                <Open>
                  <PaidScreen />
                </Open>
              </Route>
              <Route>
                <Door />
              </Route>
            </Switch>
          </QueryClientProvider>
        </WorldContext>
      </Crash>
    </I18nProvider>
  )
}

/** A page for anybody: who is signed in makes no difference to it. */
function Open({ children }: { children: ReactNode }) {
  return (
    <Shell user={null}>
      <Suspense fallback={<Waiting />}>{children}</Suspense>
    </Shell>
  )
}

/** Lets in, or shows the way in. The server alone says which. */
function Door() {
  const session = useSession()
  const [idledOut, setIdledOut] = useState(false)
  if (session.data?.state === 'open') return <SignedIn session={session.data} onIdledOut={setIdledOut} />
  return (
    <Shell user={null}>
      {session.data ? (
        <BeforeSignIn session={session.data} idledOut={idledOut} />
      ) : session.error ? (
        <Away
          error={session.error}
          onRetry={() => {
            void session.refetch()
          }}
        />
      ) : (
        <Waiting />
      )}
    </Shell>
  )
}

function Away({ error, onRetry }: { error: Error; onRetry: () => void }) {
  return (
    <Screen guide="screen.away" title={document.title} layout="single" wall="dark">
      <Pane guide="away">
        <FaultMessage place="away" level={1} error={error} onRetry={onRetry} />
      </Pane>
    </Screen>
  )
}

function BeforeSignIn({ session, idledOut }: { session: Session; idledOut: boolean }) {
  const [path] = useLocation()
  const search = useSearch()
  const client = useQueryClient()
  useEffect(() => {
    forgetPerson(client)
  }, [client])
  if (path === '/register') {
    return (
      <Suspense fallback={<Waiting />}>
        <RegistrationScreen />
      </Suspense>
    )
  }
  if (path !== '/login') {
    const here = search ? `${path}?${search}` : path
    return <Redirect to={here === '/' ? '/login' : `/login?${new URLSearchParams({ next: here }).toString()}`} replace />
  }
  return <SignInScreen session={session} idledOut={idledOut && session.state === 'closed'} />
}

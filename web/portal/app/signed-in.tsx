import { lazy, Suspense, useCallback, useEffect } from 'react'
import { Redirect, useLocation, useSearch } from 'wouter'
import { useOverview } from '../data/queries.ts'
import { LiveData } from '../data/stream/live-data.tsx'
import type { Session } from '../data/types.ts'
import { ProofGate } from '../features/proof/proof-gate.tsx'
import { SessionGuard } from '../features/session/session-guard.tsx'
import { useAccountInAddress } from '../parts/use-account.ts'
import { NOBODY, Shell } from './shell.tsx'
import { Waiting } from './waiting.tsx'

// What only a signed-in customer sees comes as a file of its own, so the way in stays light.
const Screens = lazy(() => import('./screens.tsx'))

interface SignedInProps {
  session: Session
  onIdledOut: (idledOut: boolean) => void
}

/** The frame of a signed-in customer. Its figures are asked for while the screens are still on their way. */
export function SignedIn({ session, onIdledOut }: SignedInProps) {
  const [path] = useLocation()
  const search = useSearch()
  const overview = useOverview(useAccountInAddress())
  const idle = useCallback(() => {
    onIdledOut(true)
  }, [onIdledOut])
  useEffect(() => {
    onIdledOut(false)
  }, [onIdledOut])
  return (
    <LiveData ready={overview.data !== undefined}>
      {path === '/login' || path === '/register' ? (
        // Inside, so that whoever leaves opens no second line on the way out.
        <Redirect to={nextPath(search)} replace />
      ) : (
        <>
          <ProofGate>
            <Shell user={session.user ?? NOBODY}>
              <Suspense fallback={<Waiting />}>
                <Screens />
              </Suspense>
            </Shell>
          </ProofGate>
          <SessionGuard session={session} onIdledOut={idle} />
        </>
      )}
    </LiveData>
  )
}

/** Where they were going before they had to sign in: only ever a path of this site. */
export function nextPath(search: string): string {
  const next = new URLSearchParams(search).get('next') ?? '/'
  return /^\/(?![/\\])/u.test(next) && !next.startsWith('/login') ? next : '/'
}

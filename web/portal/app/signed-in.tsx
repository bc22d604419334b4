import { useCallback } from 'react'
import { Route, Switch } from 'wouter'
import { useOverview } from '../data/queries.ts'
import { LiveData } from '../data/stream/live-data.tsx'
import type { Session } from '../data/types.ts'
import { OperationsScreen } from '../features/operations/operations-screen.tsx'
import { OverviewScreen } from '../features/overview/overview-screen.tsx'
import { SessionGuard } from '../features/session/session-guard.tsx'
import { useAccountInAddress } from '../parts/use-account.ts'
import { NotFoundScreen } from './not-found.tsx'
import { NOBODY, Shell } from './shell.tsx'

interface SignedInProps {
  session: Session
  onIdledOut: (idledOut: boolean) => void
}

/** What only a signed-in customer needs: it comes as a file of its own, so the way in stays light. */
export default function SignedIn({ session, onIdledOut }: SignedInProps) {
  const overview = useOverview(useAccountInAddress())
  const idle = useCallback(() => {
    onIdledOut(true)
  }, [onIdledOut])
  return (
    <LiveData ready={overview.data !== undefined}>
      <Shell user={session.user ?? NOBODY}>
        <Switch>
          <Route path="/" component={OverviewScreen} />
          <Route path="/operations" component={OperationsScreen} />
          <Route component={NotFoundScreen} />
        </Switch>
      </Shell>
      <SessionGuard session={session} onIdledOut={idle} />
    </LiveData>
  )
}

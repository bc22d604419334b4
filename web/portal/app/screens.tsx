import { Route, Switch } from 'wouter'
import { OperationsScreen } from '../features/operations/operations-screen.tsx'
import { OverviewScreen } from '../features/overview/overview-screen.tsx'
import { NotFoundScreen } from './not-found.tsx'

/** The screens of a signed-in customer, by address. */
export default function Screens() {
  return (
    <Switch>
      <Route path="/" component={OverviewScreen} />
      <Route path="/operations" component={OperationsScreen} />
      <Route component={NotFoundScreen} />
    </Switch>
  )
}

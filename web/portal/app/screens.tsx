import { Route, Switch } from 'wouter'
import { AutopayScreen } from '../features/autopay/autopay-screen.tsx'
import { CardsScreen } from '../features/cards/cards-screen.tsx'
import { LinksScreen } from '../features/links/links-screen.tsx'
import { PaperScreen } from '../features/document/paper-screen.tsx'
import { AskScreen } from '../features/documents/ask-screen.tsx'
import { DocumentsScreen } from '../features/documents/documents-screen.tsx'
import { OperationsScreen } from '../features/operations/operations-screen.tsx'
import { OverviewScreen } from '../features/overview/overview-screen.tsx'
import { PayScreen } from '../features/paying/pay-screen.tsx'
import { PaymentScreen } from '../features/payment/payment-screen.tsx'
import { PaymentsScreen } from '../features/payments/payments-screen.tsx'
import { PromiseScreen } from '../features/promise/promise-screen.tsx'
import { NotFoundScreen } from './not-found.tsx'

/** The screens of a signed-in customer, by address. */
export default function Screens() {
  return (
    <Switch>
      <Route path="/" component={OverviewScreen} />
      <Route path="/operations" component={OperationsScreen} />
      <Route path="/pay" component={PayScreen} />
      <Route path="/links" component={LinksScreen} />
      <Route path="/promise" component={PromiseScreen} />
      <Route path="/payments" component={PaymentsScreen} />
      <Route path="/autopay" component={AutopayScreen} />
      <Route path="/cards" component={CardsScreen} />
      <Route path="/payments/:id" component={PaymentScreen} />
      <Route path="/documents" component={DocumentsScreen} />
      <Route path="/documents/new/:kind" component={AskScreen} />
      <Route path="/documents/:id" component={PaperScreen} />
      <Route component={NotFoundScreen} />
    </Switch>
  )
}

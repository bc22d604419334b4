import { useLingui } from '@lingui/react/macro'
import { Pane } from '../../../kit/pane/frame.tsx'
import { useOverview } from '../../data/queries.ts'
import { useLive } from '../../data/stream/live-data.tsx'
import type { Overview } from '../../data/types.ts'
import { FaultMessage } from '../../parts/fault-message.tsx'
import { Screen } from '../../parts/screen.tsx'
import { useAccountInAddress } from '../../parts/use-account.ts'
import { AccountsPane } from './accounts-pane.tsx'
import { LatestBones, LatestPane } from './latest-pane.tsx'
import { NoAccounts } from './no-accounts.tsx'
import { StateBones, StatePane } from './state-pane.tsx'
import { YearPane } from './year-pane.tsx'

/** C5: what stands on the account, what has happened lately, the year at a glance. */
export function OverviewScreen() {
  const { t } = useLingui()
  const overview = useOverview(useAccountInAddress())
  const data = overview.data
  const wall = data ? data.account === null && 'lit' : overview.error !== null && 'dark'
  return (
    <Screen
      guide="screen.overview"
      title={t`Обзор`}
      layout={wall ? 'single' : 'overview'}
      {...(wall && { wall })}
    >
      {data ? (
        <Panes overview={data} />
      ) : overview.error ? (
        <Pane guide="overview.fault">
          <FaultMessage
            place="overview.fault"
            title={t`Счёт не загрузился`}
            level={1}
            error={overview.error}
            onRetry={() => {
              void overview.refetch()
            }}
          />
        </Pane>
      ) : (
        <>
          <StateBones />
          <LatestBones />
          <YearPane account={undefined} currency="RUB" hasOperations />
        </>
      )}
    </Screen>
  )
}

function Panes({ overview }: { overview: Overview }) {
  const { account, accounts } = overview
  const { arrivals } = useLive()
  if (!account) return <NoAccounts />
  const light = arrivals.get(account.account) ?? 0
  return (
    <>
      {accounts.length > 1 && <AccountsPane accounts={accounts} shown={account.account} />}
      <StatePane key={`state-${account.account}`} account={account} light={light} />
      <LatestPane key={`latest-${account.account}`} account={account} light={light} />
      <YearPane
        key={`year-${account.account}`}
        account={account.account}
        currency={account.currency}
        hasOperations={account.operations.length > 0}
      />
    </>
  )
}

import { Trans, useLingui } from '@lingui/react/macro'
import { Link } from 'wouter'
import { signOf } from '../../../kit/money/amount.ts'
import { Money } from '../../../kit/money/money.tsx'
import type { AccountLine } from '../../data/types.ts'
import { AccountName } from '../../parts/account-name.tsx'
import { withAccount } from '../../parts/use-account.ts'
import styles from './overview.module.css'

interface AccountsPaneProps {
  accounts: readonly AccountLine[]
  shown: string
}

/** All accounts side by side, each with its balance: the choice is itself an answer. */
export function AccountsPane({ accounts, shown }: AccountsPaneProps) {
  const { t } = useLingui()
  return (
    <nav className={styles.accounts} data-area="accounts" data-guide="overview.accounts" aria-label={t`Счета`}>
      {accounts.map((line) => (
        <Link
          key={line.account}
          href={withAccount('/', line.account)}
          className={styles.account}
          data-guide="overview.accounts.choose"
          aria-current={line.account === shown ? 'true' : undefined}
        >
          <span className={styles.accountTitle}>{line.title || <AccountName tail={line.tail} />}</span>
          <span className={styles.accountSum}>
            <Money amount={line.balance} currency={line.currency} />
          </span>
          <span className={styles.accountTail}>{line.title ? <>···&nbsp;{line.tail}</> : null}</span>
          <span className={styles.accountWord}>
            <BalanceWord balance={line.balance} />
          </span>
        </Link>
      ))}
    </nav>
  )
}

function BalanceWord({ balance }: { balance: string }) {
  const sign = signOf(balance)
  if (sign === 0) return <Trans>всё оплачено</Trans>
  return sign > 0 ? <Trans>к оплате</Trans> : <Trans>переплата</Trans>
}

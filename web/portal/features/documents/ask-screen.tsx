import { Trans, useLingui } from '@lingui/react/macro'
import { useParams } from 'wouter'
import { Bone, Loading } from '../../../kit/pane/bone.tsx'
import { Pane } from '../../../kit/pane/frame.tsx'
import { Message } from '../../../kit/pane/message.tsx'
import { useOverview } from '../../data/queries.ts'
import type { AccountState } from '../../data/types.ts'
import { AccountName } from '../../parts/account-name.tsx'
import { FaultMessage } from '../../parts/fault-message.tsx'
import { Go } from '../../parts/go.tsx'
import { usePaperNames } from '../../parts/paper-name.tsx'
import { Screen } from '../../parts/screen.tsx'
import { useAccountInAddress, withAccount } from '../../parts/use-account.ts'
import { PeriodForm } from './period-form.tsx'
import { SlipForm } from './slip-form.tsx'
import styles from './documents.module.css'

const KINDS = ['slip', 'statement', 'reconciliation'] as const
type Kind = (typeof KINDS)[number]

/** C8 and C9: what a document is to be for. */
export function AskScreen() {
  const { kind } = useParams()
  const known = KINDS.find((one) => one === kind) ?? 'slip'
  const name = usePaperNames()[known]
  const named = useAccountInAddress()
  const overview = useOverview(named)
  const account = overview.data?.account
  return (
    <Screen guide="screen.documents.ask" title={name} layout="single" wall={overview.error ? 'dark' : 'lit'}>
      <Pane guide="documents.form" aria-busy={overview.isPending || undefined}>
        {overview.error && !overview.data ? (
          <FaultMessage
            place="documents.form.fault"
            title={name}
            level={1}
            error={overview.error}
            onRetry={() => {
              void overview.refetch()
            }}
          />
        ) : account === null ? (
          <NoAccount name={name} />
        ) : (
          <div className={styles.asking}>
            <Go guide="documents.back" to={withAccount('/documents', named)}>
              <Trans>Все документы</Trans>
            </Go>
            <h1>{name}</h1>
            <p className={styles.account}>{account ? <AccountName tail={account.tail} /> : <Bone characters={20} />}</p>
            {account ? <Form key={account.account} kind={known} account={account} /> : <Loading />}
          </div>
        )}
      </Pane>
    </Screen>
  )
}

function Form({ kind, account }: { kind: Kind; account: AccountState }) {
  if (kind !== 'slip') return <PeriodForm key={kind} kind={kind} account={account} />
  if (account.status !== 'closed') return <SlipForm account={account} />
  return (
    <p>
      <Trans>Счёт закрыт, квитанции на него не выдаются. Позвоните нам, если деньги нужно внести.</Trans>
    </p>
  )
}

function NoAccount({ name }: { name: string }) {
  const { t } = useLingui()
  return (
    <Message
      title={name}
      level={1}
      actions={
        <Go guide="documents.form.overview" to="/">
          <Trans>Перейти к обзору</Trans>
        </Go>
      }
    >
      <p>{t`Счёта в кабинете пока нет. Как только он появится, здесь будут его документы.`}</p>
    </Message>
  )
}

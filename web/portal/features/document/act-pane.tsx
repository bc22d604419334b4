import { Trans, useLingui } from '@lingui/react/macro'
import { Loading } from '../../../kit/pane/bone.tsx'
import { useView } from '../../../kit/view/view-store.ts'
import { useActLines, useAppeals } from '../../data/papers.ts'
import { useOverview } from '../../data/queries.ts'
import type { ActContract, ActLine, Appeal, Paper } from '../../data/types.ts'
import { AccountName } from '../../parts/account-name.tsx'
import { FaultMessage } from '../../parts/fault-message.tsx'
import { Appealed } from './appealed.tsx'
import { Disagree } from './disagree.tsx'
import { Hidden } from './hidden.tsx'
import styles from './document.module.css'

/** The lines of an act as they are printed; each can be disagreed with once, and says what became of that. */
export function ActPane({ paper }: { paper: Paper }) {
  const { t } = useLingui()
  const { hidden } = useView()
  const lines = useActLines(paper.id)
  const appeals = useAppeals(paper.id)
  const error = lines.error ?? appeals.error
  if (hidden) return <Hidden />
  if (lines.data && appeals.data) return <Contracts paper={paper} contracts={lines.data} appeals={appeals.data} />
  if (!error) return <Loading />
  return (
    <FaultMessage
      place="document.act.fault"
      title={t`Строки акта не загрузились`}
      error={error}
      onRetry={() => {
        void lines.refetch()
        void appeals.refetch()
      }}
    />
  )
}

interface ContractsProps {
  paper: Paper
  contracts: readonly ActContract[]
  appeals: readonly Appeal[]
}

function Contracts({ paper, contracts, appeals }: ContractsProps) {
  if (contracts.every((contract) => contract.rows.length === 0)) {
    return (
      <p>
        <Trans>За этот период расчётов не было.</Trans>
      </p>
    )
  }
  return contracts.map(({ contract, conclusion, rows }) => (
    <section key={contract} className={styles.contract}>
      <h2>{contract ? <Trans>Договор {contract}</Trans> : <OwnAccount id={paper.account_id} />}</h2>
      <ol className={styles.lines}>
        {rows.map((row) => (
          <li key={row.line}>
            <Line paper={paper} row={row} appeal={appeals.find((one) => one.line === row.line)} />
          </li>
        ))}
      </ol>
      <p>{conclusion}</p>
    </section>
  ))
}

/** Books without contracts have the account alone: it is called as everywhere in the portal. */
function OwnAccount({ id }: { id: string }) {
  const account = useOverview(id).data?.account
  return account ? <AccountName tail={account.tail} /> : <Trans>Лицевой счёт</Trans>
}

function Line({ paper, row, appeal }: { paper: Paper; row: ActLine; appeal: Appeal | undefined }) {
  return (
    <div className={styles.line}>
      <span className={styles.number}>{row.line}</span>
      <span className={styles.what}>{row.document}</span>
      <span className={styles.sum}>{row.debit || row.credit}</span>
      <span className={styles.day}>{row.day}</span>
      <span className={styles.side}>{row.debit ? <Trans>начислено</Trans> : <Trans>оплачено</Trans>}</span>
      {appeal ? <Appealed appeal={appeal} /> : <Disagree paper={paper.id} line={row.line} />}
    </div>
  )
}

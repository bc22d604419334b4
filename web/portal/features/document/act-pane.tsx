import { Trans, useLingui } from '@lingui/react/macro'
import { Loading } from '../../../kit/pane/bone.tsx'
import { useView } from '../../../kit/view/view-store.ts'
import { useActLines, useSaid } from '../../data/papers.ts'
import { useOverview } from '../../data/queries.ts'
import type { ActContract, ActLine, Paper, Said } from '../../data/types.ts'
import { AccountName } from '../../parts/account-name.tsx'
import { FaultMessage } from '../../parts/fault-message.tsx'
import { Disagree } from './disagree.tsx'
import { Hidden } from './hidden.tsx'
import styles from './document.module.css'

/** The lines of an act as they are printed; each can be disagreed with, once. */
export function ActPane({ paper }: { paper: Paper }) {
  const { t } = useLingui()
  const { hidden } = useView()
  const lines = useActLines(paper.id)
  const said = useSaid(paper.id)
  const error = lines.error ?? said.error
  if (hidden) return <Hidden />
  if (lines.data && said.data) return <Contracts paper={paper} contracts={lines.data} said={said.data} />
  if (!error) return <Loading />
  return (
    <FaultMessage
      place="document.act.fault"
      title={t`Строки акта не загрузились`}
      error={error}
      onRetry={() => {
        void lines.refetch()
        void said.refetch()
      }}
    />
  )
}

interface ContractsProps {
  paper: Paper
  contracts: readonly ActContract[]
  said: readonly Said[]
}

function Contracts({ paper, contracts, said }: ContractsProps) {
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
            <Line paper={paper} row={row} said={said.find((one) => one.line === row.line)} />
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

function Line({ paper, row, said }: { paper: Paper; row: ActLine; said: Said | undefined }) {
  return (
    <div className={styles.line}>
      <span className={styles.number}>{row.line}</span>
      <span className={styles.what}>{row.document}</span>
      <span className={styles.sum}>{row.debit || row.credit}</span>
      <span className={styles.day}>{row.day}</span>
      <span className={styles.side}>{row.debit ? <Trans>начислено</Trans> : <Trans>оплачено</Trans>}</span>
      <Disagree paper={paper.id} line={row.line} said={said} />
    </div>
  )
}

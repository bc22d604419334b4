import { Trans, useLingui } from '@lingui/react/macro'
import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { Button } from '../../../kit/controls/button.tsx'
import { Money } from '../../../kit/money/money.tsx'
import { Bone, Loading } from '../../../kit/pane/bone.tsx'
import { Daylight } from '../../../kit/pane/daylight.tsx'
import { Pane } from '../../../kit/pane/frame.tsx'
import { Message, Note } from '../../../kit/pane/message.tsx'
import { Moment } from '../../../kit/time/moments.tsx'
import { usePapers } from '../../data/papers.ts'
import { useOverview } from '../../data/queries.ts'
import type { AccountState, Paper } from '../../data/types.ts'
import { AccountName } from '../../parts/account-name.tsx'
import { FaultMessage } from '../../parts/fault-message.tsx'
import { Go } from '../../parts/go.tsx'
import { usePaperNames, usePeriodText } from '../../parts/paper-name.tsx'
import { Screen } from '../../parts/screen.tsx'
import { useAccountInAddress, withAccount } from '../../parts/use-account.ts'
import { useAsking } from './use-asking.ts'
import rows from '../../parts/listed-rows.module.css'
import styles from './documents.module.css'

/** What papers can be had, and those that were asked for before. */
export function DocumentsScreen() {
  const { t } = useLingui()
  const overview = useOverview(useAccountInAddress())
  const account = overview.data?.account
  const papers = usePapers(account?.account)
  const error = papers.data ? null : (overview.error ?? papers.error)
  return (
    <Screen guide="screen.documents" title={t`Документы`} layout="operations">
      <Pane guide="documents.ways" aria-labelledby="documents">
        <h1 id="documents">
          <Trans>Документы</Trans>
        </h1>
        <p className={styles.account}>
          {account ? <AccountName tail={account.tail} /> : overview.isPending && <Bone characters={18} />}
        </p>
        {account && <Ways key={account.account} account={account} />}
      </Pane>
      <Pane guide="documents.list" aria-label={t`Выданные раньше`} aria-busy={papers.isLoading || undefined}>
        {error ? (
          <FaultMessage
            place="documents.fault"
            title={t`Документы не загрузились`}
            error={error}
            onRetry={() => {
              void (overview.error ? overview.refetch() : papers.refetch())
            }}
          />
        ) : papers.data ? (
          <List papers={papers.data} />
        ) : account === null ? (
          <Message title={t`Счёта в кабинете пока нет`} drawing={<Daylight size="sign" />}>
            <p>
              <Trans>Как только он появится, здесь будут его документы.</Trans>
            </p>
          </Message>
        ) : (
          <Bones />
        )}
      </Pane>
    </Screen>
  )
}

function Ways({ account }: { account: AccountState }) {
  const names = usePaperNames()
  const asking = useAsking(account.account)
  const code = asking.fault?.reference
  return (
    <ul className={styles.ways}>
      {account.status !== 'closed' && (
        <Way hint={<Trans>Сумма и реквизиты уже вписаны, QR-код для приложения банка</Trans>}>
          <Go guide="documents.slip" to={withAccount('/documents/new/slip', account.account)}>
            {names.slip}
          </Go>
        </Way>
      )}
      <Way hint={<Trans>Все операции за выбранные дни, остатки до и после</Trans>}>
        <Go guide="documents.statement" to={withAccount('/documents/new/statement', account.account)}>
          {names.statement}
        </Go>
      </Way>
      <Way hint={<Trans>Начисления и оплаты по строкам. Неверную можно сразу оспорить</Trans>}>
        <Go guide="documents.reconciliation" to={withAccount('/documents/new/reconciliation', account.account)}>
          {names.reconciliation}
        </Go>
      </Way>
      <Way hint={<Trans>Сколько начислено в последний раз и до какого дня заплатить</Trans>}>
        <Button
          guide="documents.bill"
          look="quiet"
          busy={asking.ask.isPending}
          onClick={() => {
            asking.ask.mutate({ kind: 'bill' })
          }}
        >
          <Trans>Последний счёт</Trans>
        </Button>
      </Way>
      {code !== undefined && (
        <li>
          <Note tone="error" icon="warning" live>
            <Trans>Счёт сейчас не запросить. Подождите минуту и нажмите ещё раз. Код: {code}</Trans>
          </Note>
        </li>
      )}
    </ul>
  )
}

/** One kind of paper: the word that leads to it, and what it is good for. */
function Way({ hint, children }: { hint: ReactNode; children: ReactNode }) {
  return (
    <li className={styles.way}>
      {children}
      <p className={styles.hint}>{hint}</p>
    </li>
  )
}

function List({ papers }: { papers: readonly Paper[] }) {
  const { t } = useLingui()
  if (papers.length === 0) {
    return (
      <Message title={t`Здесь появятся ваши документы`} drawing={<Daylight size="sign" />}>
        <p>
          <Trans>Выберите нужный: мы подготовим его за несколько секунд и сохраним здесь на месяц.</Trans>
        </p>
      </Message>
    )
  }
  return (
    <>
      <h2>
        <Trans>Выданные раньше</Trans>
      </h2>
      <ul className={rows.list}>
        {papers.map((paper) => (
          <Row key={paper.id} paper={paper} />
        ))}
      </ul>
    </>
  )
}

const TONES = { asked: 'waiting', ready: 'plain', failed: 'error' } as const

function Row({ paper }: { paper: Paper }) {
  const { t } = useLingui()
  const names = usePaperNames()
  const period = usePeriodText()(paper)
  const words = { asked: t`готовим`, ready: t`готово`, failed: t`не получилось` }
  return (
    <li className={rows.item}>
      <Link href={`/documents/${paper.id}`} className={rows.row} data-guide={`documents.row.${paper.id.slice(-4)}`}>
        <span className={rows.what}>{names[paper.kind]}</span>
        <span className={rows.amount}>
          {paper.amount !== null && <Money amount={paper.amount} currency="RUB" />}
          {period}
        </span>
        <span className={rows.under}>
          <Moment at={paper.asked_at} />
        </span>
        <span className={rows.state} data-tone={TONES[paper.state]}>
          {words[paper.state]}
        </span>
      </Link>
    </li>
  )
}

const BONES = 4

function Bones() {
  return (
    <>
      <Loading />
      <ul className={rows.list} aria-hidden="true">
        {Array.from({ length: BONES }, (_, index) => (
          <li key={index} className={rows.item}>
            <span className={rows.row}>
              <span className={rows.what}>
                <Bone characters={16} />
              </span>
              <span className={rows.amount}>
                <Bone characters={10} />
              </span>
              <span className={rows.under}>
                <Bone characters={14} />
              </span>
              <span className={rows.state}>
                <Bone characters={6} />
              </span>
            </span>
          </li>
        ))}
      </ul>
    </>
  )
}

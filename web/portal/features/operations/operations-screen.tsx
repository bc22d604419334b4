import { Trans, useLingui } from '@lingui/react/macro'
import { useEffect, useMemo } from 'react'
import { useSearchParams } from 'wouter'
import { Bone } from '../../../kit/pane/bone.tsx'
import { Daylight } from '../../../kit/pane/daylight.tsx'
import { Pane } from '../../../kit/pane/frame.tsx'
import { Message } from '../../../kit/pane/message.tsx'
import { useNow } from '../../../kit/time/clock.tsx'
import { Age } from '../../../kit/time/moments.tsx'
import { dayOf } from '../../../kit/time/people-time.ts'
import { useOperations, useOverview } from '../../data/queries.ts'
import { AccountName } from '../../parts/account-name.tsx'
import { FaultMessage } from '../../parts/fault-message.tsx'
import { Go } from '../../parts/go.tsx'
import { Screen } from '../../parts/screen.tsx'
import { useAccountInAddress, withAccount } from '../../parts/use-account.ts'
import { FilterPane } from './filter-pane.tsx'
import type { ListFilter } from './filter.ts'
import { isFiltered, readFilter, toQuery, writeFilter } from './filter.ts'
import { ListBones, OperationsList } from './operations-list.tsx'
import styles from './operations.module.css'

const HOUR_MS = 3_600_000

/** C6: everything that happened on the account, newest first. The address holds the filter, so it can be shared. */
export function OperationsScreen() {
  const { t } = useLingui()
  const [filter, setFilter, clear] = useFilter()
  const day = dayOf(useNow(HOUR_MS))
  const asked = useMemo(() => toQuery(filter, Date.parse(`${day}T12:00:00Z`)), [filter, day])
  const overview = useOverview(useAccountInAddress())
  const account = overview.data?.account ?? undefined
  const list = useOperations(account?.account, asked)
  const error = overview.error ?? list.error

  return (
    <Screen guide="screen.operations" title={t`Операции`} layout="operations">
      <FilterPane filter={filter} onChange={setFilter} onClear={clear}>
        <div className={styles.head}>
          <h1 id="operations">
            <Trans>Операции</Trans>
          </h1>
          <p className={styles.account}>
            {account ? (
              <>
                <AccountName tail={account.tail} />{' '}
                <span className={styles.age}>
                  <Age at={account.as_of} />
                </span>
              </>
            ) : (
              overview.isPending && <Bone characters={18} />
            )}
          </p>
          {account && (
            <Go guide="operations.statement" to={withAccount('/documents/new/statement', account.account)}>
              <Trans>Выписка за период</Trans>
            </Go>
          )}
        </div>
      </FilterPane>
      <Pane guide="operations.list" aria-labelledby="operations" aria-busy={list.isPending || undefined}>
        {account && list.data ? (
          <OperationsList
            key={JSON.stringify([account.account, asked])}
            account={account}
            list={list}
            pages={list.data.pages}
            filtered={isFiltered(filter)}
            onClear={clear}
          />
        ) : error ? (
          <FaultMessage
            place="operations.list"
            title={t`Операции не загрузились`}
            error={error}
            onRetry={() => {
              void (overview.error ? overview.refetch() : list.refetch())
            }}
          />
        ) : overview.data && !account ? (
          <Message title={t`Счёта в кабинете пока нет`} drawing={<Daylight size="sign" />}>
            <p>
              <Trans>Как только он появится, здесь будут его начисления и оплаты.</Trans>
            </p>
          </Message>
        ) : (
          <ListBones />
        )}
      </Pane>
    </Screen>
  )
}

function useFilter(): readonly [ListFilter, (filter: ListFilter) => void, () => void] {
  const [parameters, setParameters] = useSearchParams()
  const filter = useMemo(() => readFilter(parameters), [parameters])
  const set = (next: ListFilter) => {
    setParameters((before) => writeFilter(before, next), { replace: true })
  }
  const clear = () => {
    set({ kind: 'all', period: 'all', from: '', to: '' })
  }
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const inDialog = document.querySelector('dialog[open]') !== null
      if (event.key === 'Escape' && !inDialog && isFiltered(filter)) clear()
    }
    addEventListener('keydown', onKey)
    return () => {
      removeEventListener('keydown', onKey)
    }
  })
  return [filter, set, clear]
}

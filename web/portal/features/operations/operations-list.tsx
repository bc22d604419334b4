import { Plural, Trans, useLingui } from '@lingui/react/macro'
import type { ReactNode } from 'react'
import { useEffect, useState } from 'react'
import { Button } from '../../../kit/controls/button.tsx'
import { Toast } from '../../../kit/floats/toast.tsx'
import { Bone, Loading } from '../../../kit/pane/bone.tsx'
import { Daylight } from '../../../kit/pane/daylight.tsx'
import { Message, Note } from '../../../kit/pane/message.tsx'
import { Day } from '../../../kit/time/moments.tsx'
import { clockText, dayOf } from '../../../kit/time/people-time.ts'
import type { useOperations } from '../../data/queries.ts'
import type { AccountState, Operation, OperationsPage } from '../../data/types.ts'
import { OperationBone, OperationRow } from '../../parts/operation-row.tsx'
import styles from './operations.module.css'

interface OperationsListProps {
  account: AccountState
  list: ReturnType<typeof useOperations>
  pages: readonly OperationsPage[]
  filtered: boolean
  onClear: () => void
}

/** Operations by days. What arrives while it is read waits behind a word and moves nothing. */
export function OperationsList({ account, list, pages, filtered, onClear }: OperationsListProps) {
  const all = pages.flatMap((page) => page.operations)
  const [top, setTop] = useState(all[0]?.position ?? 0)
  const [freshFrom, setFreshFrom] = useState(Infinity)
  const shown = all.filter((operation) => operation.position <= top)
  const waiting = all.length - shown.length
  useReadOn(list, pages)

  const showWaiting = () => {
    setFreshFrom(top)
    setTop(all[0]?.position ?? 0)
    scrollTo({ top: 0 })
  }
  // A list that was empty has nothing to keep in its place: the first operation comes in by itself.
  if (shown.length === 0 && waiting > 0) setTop(all[0]?.position ?? 0)
  if (all.length === 0) return list.hasNextPage ? <ListBones /> : <Nothing filtered={filtered} onClear={onClear} />

  return (
    <>
      {byDay(shown).map(([day, operations]) => (
        <section key={day} className={styles.day}>
          <h2 className={styles.date}>
            <Day day={day} />
          </h2>
          <ul>
            {operations.map((operation) => (
              <OperationRow
                key={operation.position}
                operation={operation}
                currency={account.currency}
                when={<Clock at={operation.posted_at} />}
                fresh={operation.position > freshFrom}
                withBalance
              />
            ))}
          </ul>
        </section>
      ))}
      <More list={list} />
      <Toast>
        {waiting > 0 && (
          <Button guide="operations.show-new" look="quiet" icon="up" onClick={showWaiting}>
            <Plural
              value={waiting}
              one="# новая операция — показать"
              few="# новые операции — показать"
              many="# новых операций — показать"
              other="# новой операции — показать"
            />
          </Button>
        )}
      </Toast>
    </>
  )
}

/** The server looks at a thousand operations a call: a page with nothing that fits is not the end. */
function useReadOn(list: ReturnType<typeof useOperations>, pages: readonly OperationsPage[]): void {
  const { hasNextPage, isFetching, fetchNextPage, error } = list
  const lastIsEmpty = pages.at(-1)?.operations.length === 0
  useEffect(() => {
    if (lastIsEmpty && hasNextPage && !isFetching && !error) void fetchNextPage()
  }, [lastIsEmpty, hasNextPage, isFetching, fetchNextPage, error])
}

export function byDay(operations: readonly Operation[]): readonly (readonly [string, Operation[]])[] {
  const days = new Map<string, Operation[]>()
  for (const operation of operations) {
    const day = dayOf(operation.posted_at)
    days.set(day, [...(days.get(day) ?? []), operation])
  }
  return [...days]
}

function Clock({ at }: { at: string }): ReactNode {
  const { i18n } = useLingui()
  return <time dateTime={at}>{clockText(at, i18n.locale)}</time>
}

function More({ list }: { list: ReturnType<typeof useOperations> }) {
  if (list.isFetchNextPageError) {
    return (
      <div className={styles.more}>
        <Note tone="error" icon="warning" live>
          <Trans>Следующая часть не загрузилась. То, что выше, осталось на месте.</Trans>
        </Note>
        <MoreButton list={list} />
      </div>
    )
  }
  if (!list.hasNextPage) {
    return (
      <p className={styles.end}>
        <Trans>Это все операции</Trans>
      </p>
    )
  }
  return (
    <div className={styles.more}>
      <MoreButton list={list} />
    </div>
  )
}

function MoreButton({ list }: { list: ReturnType<typeof useOperations> }) {
  return (
    <Button
      guide="operations.more"
      busy={list.isFetchingNextPage}
      onClick={() => {
        void list.fetchNextPage()
      }}
    >
      <Trans>Показать ещё</Trans>
    </Button>
  )
}

function Nothing({ filtered, onClear }: { filtered: boolean; onClear: () => void }) {
  const { t } = useLingui()
  if (filtered) {
    return (
      <Message
        title={t`По этому отбору ничего нет`}
        actions={
          <Button guide="operations.nothing.clear" onClick={onClear}>
            <Trans>Показать все операции</Trans>
          </Button>
        }
      >
        <p>
          <Trans>Операции на счёте есть, но другие. Выберите больше времени или другой вид.</Trans>
        </p>
      </Message>
    )
  }
  return (
    <Message title={t`Операций пока не было`} drawing={<Daylight size="sign" />}>
      <p>
        <Trans>Первая появится здесь сама: обновлять страницу не нужно.</Trans>
      </p>
    </Message>
  )
}

const BONES = 8

export function ListBones() {
  return (
    <>
      <Loading />
      <div className={styles.day} aria-hidden="true">
        <p className={styles.date}>
          <Bone characters={8} />
        </p>
        <ul>
          {Array.from({ length: BONES }, (_, index) => (
            <OperationBone key={index} />
          ))}
        </ul>
      </div>
    </>
  )
}

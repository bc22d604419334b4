import { Trans, useLingui } from '@lingui/react/macro'
import { Link } from 'wouter'
import { Button } from '../../../kit/controls/button.tsx'
import { signOf } from '../../../kit/money/amount.ts'
import { Money } from '../../../kit/money/money.tsx'
import { Bone, Loading } from '../../../kit/pane/bone.tsx'
import { Daylight } from '../../../kit/pane/daylight.tsx'
import { Pane } from '../../../kit/pane/frame.tsx'
import { Note } from '../../../kit/pane/message.tsx'
import { useNow } from '../../../kit/time/clock.tsx'
import { Age } from '../../../kit/time/moments.tsx'
import { dateText, dayOf } from '../../../kit/time/people-time.ts'
import { setView, useView } from '../../../kit/view/view-store.ts'
import { usePromises } from '../../data/roads.ts'
import type { AccountState, Due } from '../../data/types.ts'
import { AccountName } from '../../parts/account-name.tsx'
import { Go } from '../../parts/go.tsx'
import { usePromiseWords } from '../../parts/promise-word.tsx'
import { withAccount } from '../../parts/use-account.ts'
import { useConnection } from '../../parts/use-connection.ts'
import styles from './overview.module.css'

/** The largest pane: the most important number of the page, its word, its age. Light falls on it while it is fresh. */
export function StatePane({ account, light }: { account: AccountState; light: number }) {
  const sign = signOf(account.balance)
  const connection = useConnection()
  return (
    <Pane guide="overview.state" area="state" light={light}>
      <Daylight size="pane" lit={!account.stale && connection === null} />
      <div className={styles.state}>
        <div className={styles.stateHead}>
          <h1 className={styles.name}>
            <AccountName tail={account.tail} />
          </h1>
          <HideAmounts />
        </div>
        <div className={styles.figure}>
          <p className={styles.word} data-tone={sign > 0 ? 'owed' : 'paid'}>
            {sign > 0 ? <Trans>К оплате</Trans> : sign < 0 ? <Trans>Переплата</Trans> : <Trans>Всё оплачено</Trans>}{' '}
            <span className={styles.age}>
              <Age at={account.as_of} />
            </span>
          </p>
          <p className={styles.balance}>
            <Money amount={account.balance} currency={account.currency} size="balance" />
          </p>
          <p className={styles.under}>{account.due && sign > 0 && <DueText due={account.due} account={account} />}</p>
          {sign > 0 && <PromiseLine account={account.account} />}
          {account.status !== 'closed' && (
            <p className={styles.pay}>
              <Go guide="overview.pay" look={sign > 0 ? 'main' : 'link'} to={withAccount('/pay', account.account)}>
                {sign > 0 ? <Trans>Оплатить</Trans> : <Trans>Заплатить вперёд</Trans>}
              </Go>
              <Go guide="overview.slip" to={withAccount('/documents/new/slip', account.account)}>
                <Trans>Квитанция</Trans>
              </Go>
            </p>
          )}
        </div>
        <Notes account={account} />
      </div>
    </Pane>
  )
}

const DAY_MS = 86_400_000

/** A promise that is asked for, that stands, or that was refused today. */
function PromiseLine({ account }: { account: string }) {
  const words = usePromiseWords()
  const now = useNow(60_000)
  const latest = usePromises(account).data?.promises[0]
  if (!latest) return null
  const isOver =
    latest.state === 'granted'
      ? (latest.granted_until ?? '') < dayOf(now)
      : latest.state === 'refused' && Date.parse(latest.asked_at) < now - DAY_MS
  if (isOver) return null
  const told = words(latest)
  return (
    <p className={styles.under}>
      <Link href={withAccount('/promise', account)} data-guide="overview.promise">
        <Trans>Обещанный платёж: {told}</Trans>
      </Link>
    </p>
  )
}

function HideAmounts() {
  const { hidden } = useView()
  return (
    <Button
      guide="overview.hide-amounts"
      look="quiet"
      icon={hidden ? 'eye' : 'eyeOff'}
      compact
      aria-pressed={hidden}
      onClick={() => {
        setView({ hidden: !hidden })
      }}
    >
      {hidden ? <Trans>Показать суммы</Trans> : <Trans>Скрыть суммы</Trans>}
    </Button>
  )
}

function DueText({ due, account }: { due: Due; account: AccountState }) {
  const { i18n } = useLingui()
  const now = useNow(60_000)
  if (due.on === null) return null
  const date = dateText(due.on, now, i18n.locale)
  if (due.on < dayOf(now)) {
    return (
      <span className={styles.late}>
        <Trans>срок был {date}</Trans>
      </span>
    )
  }
  if (due.amount === account.balance) {
    return <Trans>до {date}</Trans>
  }
  const money = <Money amount={due.amount} currency={account.currency} />
  return (
    <Trans>
      из них {money} до {date}
    </Trans>
  )
}

function Notes({ account }: { account: AccountState }) {
  const at = <Age at={account.as_of} />
  return (
    <>
      {account.status === 'blocked' && (
        <Note tone="waiting" icon="warning">
          <Trans>Счёт приостановлен. Он заработает снова, когда долг будет погашен.</Trans>
        </Note>
      )}
      {account.status === 'closed' && (
        <Note tone="plain" icon="done">
          <Trans>Счёт закрыт. История операций остаётся здесь.</Trans>
        </Note>
      )}
      {account.stale && (
        <Note tone="waiting" icon="clock" live>
          <Trans>Данные {at}. Связь с учётной системой восстанавливается, ничего делать не нужно.</Trans>
        </Note>
      )}
    </>
  )
}

export function StateBones() {
  return (
    <Pane guide="overview.state.loading" area="state" aria-busy="true">
      <Loading />
      <div className={styles.state}>
        <div className={styles.stateHead}>
          <p className={styles.name}>
            <Bone characters={20} />
          </p>
        </div>
        <div className={styles.figure}>
          <p className={styles.word}>
            <Bone characters={8} />
          </p>
          <p className={styles.balance}>
            <span className={styles.balanceBone}>
              <Bone characters={9} />
            </span>
          </p>
          <p className={styles.under}>
            <Bone characters={16} />
          </p>
          <p className={styles.pay} />
        </div>
      </div>
    </Pane>
  )
}

import { Trans, useLingui } from '@lingui/react/macro'
import type { ReactNode } from 'react'
import { Money } from '../../../kit/money/money.tsx'
import { Bone, Loading } from '../../../kit/pane/bone.tsx'
import { Pane } from '../../../kit/pane/frame.tsx'
import { Message } from '../../../kit/pane/message.tsx'
import { Moment } from '../../../kit/time/moments.tsx'
import { useOverview } from '../../data/queries.ts'
import { usePromises } from '../../data/roads.ts'
import type { AccountState, PaymentPromise, Promises } from '../../data/types.ts'
import { AccountName } from '../../parts/account-name.tsx'
import { FaultMessage } from '../../parts/fault-message.tsx'
import { Go } from '../../parts/go.tsx'
import { usePromiseWords } from '../../parts/promise-word.tsx'
import { Screen } from '../../parts/screen.tsx'
import { useAccountInAddress, withAccount } from '../../parts/use-account.ts'
import { PromiseForm } from './promise-form.tsx'
import styles from './promise.module.css'

/** The customer asks to pay later, and sees what he was answered. */
export function PromiseScreen() {
  const { t } = useLingui()
  const overview = useOverview(useAccountInAddress())
  const account = overview.data?.account
  const promises = usePromises(account?.account ?? '', account !== undefined && account !== null)
  const error = overview.error ?? promises.error
  return (
    <Screen guide="screen.promise" title={t`Обещанный платёж`} layout="single">
      {account && promises.data ? (
        <Ready account={account} told={promises.data} />
      ) : error ? (
        <Pane guide="promise.fault">
          <FaultMessage
            place="promise.fault"
            title={t`Обещанный платёж не загрузился`}
            level={1}
            error={error}
            onRetry={() => {
              void overview.refetch()
              if (account) void promises.refetch()
            }}
          />
        </Pane>
      ) : (
        <Pane guide="promise.wait" aria-busy={account !== null || undefined}>
          {account === null ? (
            <Trans>Открытых лицевых счетов в кабинете нет.</Trans>
          ) : (
            <>
              <Loading />
              <p>
                <Bone characters={24} />
              </p>
            </>
          )}
        </Pane>
      )}
    </Screen>
  )
}

function Ready({ account, told }: { account: AccountState; told: Promises }) {
  const asked = told.promises.find((each) => each.state === 'asked')
  return (
    <>
      <Pane guide="promise" aria-labelledby="promise">
        {told.offer ? (
          <div className={styles.promise}>
            <h1 id="promise">
              <Trans>Обещанный платёж</Trans>
            </h1>
            <p>
              <Trans>
                Если заплатить сейчас не получается, пообещайте заплатить позже. Когда обещание примут, услуги останутся
                включены до этого дня.
              </Trans>
            </p>
            <p className={styles.quiet}>
              <AccountName tail={account.tail} />
            </p>
            {asked ? (
              <p className={styles.wait} role="status">
                <Trans>Спросили у учётной системы, ждём ответа. Он появится здесь сам.</Trans>
              </p>
            ) : (
              <PromiseForm account={account} offer={told.offer} />
            )}
          </div>
        ) : (
          <NoOffer account={account} />
        )}
      </Pane>
      {told.promises.length > 0 && <List promises={told.promises} />}
    </>
  )
}

function NoOffer({ account }: { account: AccountState }) {
  const { t } = useLingui()
  return (
    <Message
      title={t`Обещанного платежа пока нет`}
      level={1}
      actions={
        <Go guide="promise.pay" to={withAccount('/pay', account.account)}>
          <Trans>Оплатить</Trans>
        </Go>
      }
    >
      <p>
        <Trans>Отложить платёж по этому счёту через кабинет нельзя. Если платить нечем, позвоните нам.</Trans>
      </p>
    </Message>
  )
}

function List({ promises }: { promises: readonly PaymentPromise[] }): ReactNode {
  const words = usePromiseWords()
  return (
    <Pane guide="promise.list" aria-labelledby="promise.list">
      <h2 id="promise.list">
        <Trans>Прошлые просьбы</Trans>
      </h2>
      <ul className={styles.list}>
        {promises.map((promise) => (
          <li key={promise.id} className={styles.row}>
            <Money amount={promise.amount} currency={promise.currency} />
            <span className={styles.quiet}>
              <Moment at={promise.asked_at} />
            </span>
            <span className={styles.word} data-state={promise.state}>
              {words(promise)}
            </span>
          </li>
        ))}
      </ul>
    </Pane>
  )
}

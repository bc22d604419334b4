import { Trans, useLingui } from '@lingui/react/macro'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { Button } from '../../../kit/controls/button.tsx'
import { signOf } from '../../../kit/money/amount.ts'
import { Money } from '../../../kit/money/money.tsx'
import { Bone, Loading } from '../../../kit/pane/bone.tsx'
import { Pane } from '../../../kit/pane/frame.tsx'
import { Note } from '../../../kit/pane/message.tsx'
import { Moment } from '../../../kit/time/moments.tsx'
import { useApi } from '../../data/context.tsx'
import { keys, useOverview } from '../../data/queries.ts'
import { useLinks } from '../../data/roads.ts'
import type { AccountState, PayLink } from '../../data/types.ts'
import { AccountName } from '../../parts/account-name.tsx'
import { FaultMessage, faultOf } from '../../parts/fault-message.tsx'
import { Screen } from '../../parts/screen.tsx'
import { ServiceAway } from '../../parts/service-away.tsx'
import { useAccountInAddress } from '../../parts/use-account.ts'
import { LinkMaker } from './link-maker.tsx'
import styles from './links.module.css'

/** Links by which somebody else pays: made, seen, taken back. */
export function LinksScreen() {
  const { t } = useLingui()
  const overview = useOverview(useAccountInAddress())
  const account = overview.data?.account
  return (
    <Screen guide="screen.links" title={t`Ссылка для оплаты`} layout="single">
      {account ? (
        <Ready account={account} />
      ) : (
        <Pane guide="links.wait" aria-busy={overview.isPending || undefined}>
          {overview.error ? (
            <FaultMessage
              place="links.fault"
              level={1}
              error={overview.error}
              onRetry={() => {
                void overview.refetch()
              }}
            />
          ) : (
            <p>{overview.data ? <Trans>Открытых лицевых счетов в кабинете нет.</Trans> : <Bone characters={20} />}</p>
          )}
        </Pane>
      )}
    </Screen>
  )
}

function Ready({ account }: { account: AccountState }) {
  return (
    <>
      <Pane guide="links.make" aria-labelledby="links">
        <div className={styles.make}>
          <h1 id="links">
            <Trans>Ссылка для оплаты</Trans>
          </h1>
          <p className={styles.lead}>
            <Trans>
              По ней за вас заплатит любой человек, без входа в кабинет. Он увидит название компании, последние цифры счёта
              и сумму, а ваше имя, адрес и долг не увидит.
            </Trans>
          </p>
          <p className={styles.quiet}>
            <AccountName tail={account.tail} />
          </p>
          <LinkMaker account={account} />
        </div>
      </Pane>
      <Made account={account.account} />
    </>
  )
}

function Made({ account }: { account: string }) {
  const { t } = useLingui()
  const links = useLinks(account)
  if (links.data?.length === 0) return null
  return (
    <Pane guide="links.made" aria-labelledby="links.made" aria-busy={links.isPending || undefined}>
      <h2 id="links.made">
        <Trans>Ваши ссылки</Trans>
      </h2>
      {links.data ? (
        <ul className={styles.list}>
          {links.data.map((link) => (
            <Row key={link.id} link={link} />
          ))}
        </ul>
      ) : links.error ? (
        <FaultMessage
          place="links.made.fault"
          title={t`Ссылки не загрузились`}
          error={links.error}
          onRetry={() => {
            void links.refetch()
          }}
        />
      ) : (
        <Loading />
      )}
    </Pane>
  )
}

function Row({ link }: { link: PayLink }) {
  const { t } = useLingui()
  const api = useApi()
  const client = useQueryClient()
  const revoke = useMutation({
    mutationFn: () => api.linkRevoke(link.id),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.links(link.account) }),
  })
  const end = <Moment at={link.expires_at} />
  const paid = <Money amount={link.paid} currency={link.currency} />
  return (
    <li className={styles.row}>
      <span>
        {link.amount === null ? t`Любая сумма` : <Money amount={link.amount} currency={link.currency} />}
      </span>
      <span className={styles.quiet} data-tone={link.state}>
        {link.state === 'revoked' ? (
          <Trans>отозвана</Trans>
        ) : link.state === 'expired' ? (
          <Trans>срок вышел</Trans>
        ) : (
          <Trans>действует до {end}</Trans>
        )}
        {signOf(link.paid) > 0 && (
          <>
            {', '}
            <Trans>оплачено {paid}</Trans>
          </>
        )}
      </span>
      {link.state === 'open' && (
        <Button
          guide={`links.revoke.${link.id}`}
          look="quiet"
          busy={revoke.isPending}
          onClick={() => {
            revoke.mutate()
          }}
        >
          <Trans>Отозвать</Trans>
        </Button>
      )}
      {revoke.error && (
        <div className={styles.fault}>
          <ServiceAway fault={faultOf(revoke.error)} />
        </div>
      )}
      {link.state === 'revoked' && revoke.isSuccess && (
        <div className={styles.fault}>
          <Note tone="plain" icon="done" live>
            <Trans>По этой ссылке больше не заплатить. Уже начатые платежи дойдут.</Trans>
          </Note>
        </div>
      )}
    </li>
  )
}

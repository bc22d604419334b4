import { Trans } from '@lingui/react/macro'
import { usePromises } from '../../data/roads.ts'
import { Go } from '../../parts/go.tsx'
import { withAccount } from '../../parts/use-account.ts'
import styles from './paying.module.css'

/** For whom paying now is not the way: somebody else pays, or he pays later. */
export function OtherRoads({ account }: { account: string }) {
  const promises = usePromises(account)
  return (
    <p className={styles.roads}>
      <Go guide="pay.links" to={withAccount('/links', account)}>
        <Trans>Попросить оплатить другого</Trans>
      </Go>
      {promises.data?.offer && (
        <Go guide="pay.promise" to={withAccount('/promise', account)}>
          <Trans>Пообещать заплатить позже</Trans>
        </Go>
      )}
    </p>
  )
}

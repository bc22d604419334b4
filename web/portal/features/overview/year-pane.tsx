import { Trans, useLingui } from '@lingui/react/macro'
import { YearBars, YearBones } from '../../../kit/chart/year-bars.tsx'
import { Pane } from '../../../kit/pane/frame.tsx'
import { useYear } from '../../data/queries.ts'
import { FaultMessage } from '../../parts/fault-message.tsx'
import styles from './overview.module.css'

interface YearPaneProps {
  account: string | undefined
  currency: string
  hasOperations: boolean
}

/** The year at a glance. It may fail or be late without touching the rest of the page. */
export function YearPane({ account, currency, hasOperations }: YearPaneProps) {
  const { t } = useLingui()
  const year = useYear(account)
  return (
    <Pane guide="overview.year" area="year" aria-labelledby="year" aria-busy={year.isPending || undefined}>
      {year.data ? (
        hasOperations ? (
          <YearBars months={year.data.months} currency={currency} heading="year" />
        ) : (
          <>
            <YearTitle />
            <p className={styles.invite}>
              <Trans>После первого начисления здесь будет видно, сколько начислено и сколько оплачено по месяцам.</Trans>
            </p>
          </>
        )
      ) : year.error ? (
        <FaultMessage
          place="overview.year"
          title={t`Год по месяцам не загрузился`}
          error={year.error}
          onRetry={() => {
            void year.refetch()
          }}
        />
      ) : (
        <YearBones heading="year" />
      )}
    </Pane>
  )
}

function YearTitle() {
  return (
    <h2 id="year">
      <Trans>За двенадцать месяцев</Trans>
    </h2>
  )
}

import { Trans, useLingui } from '@lingui/react/macro'
import type { ReactNode } from 'react'
import { signOf } from '../../../kit/money/amount.ts'
import { Money } from '../../../kit/money/money.tsx'
import { Note } from '../../../kit/pane/message.tsx'
import type { Fault } from '../../data/api.ts'
import type { PayMethod } from '../../data/types.ts'
import { WayName } from '../../parts/way-name.tsx'
import { beyond, feeOf } from './price.ts'
import styles from './paying.module.css'

interface WaysProps {
  label: string
  ways: readonly PayMethod[]
  total: string
  chosen: string | undefined
  fault: Fault | null
  onChoose: (id: string) => void
}

/** Every way to pay with what it costs and when the money arrives, before anything is chosen. */
export function Ways({ label, ways, total, chosen, fault, onChoose }: WaysProps) {
  const { t } = useLingui()
  return (
    <fieldset className={styles.choice}>
      <legend className={styles.legend}>
        <h2>{label}</h2>
      </legend>
      <div className={styles.ways}>
        {ways.map((way) => {
          const limit = signOf(total) === 0 ? null : beyond(way, total)
          return (
            <label key={way.id} className={styles.way}>
              <input
                type="radio"
                name="way"
                value={way.id}
                className={styles.radio}
                data-guide={`pay.way.${way.id}`}
                checked={way.id === chosen}
                disabled={limit !== null}
                onChange={() => {
                  onChoose(way.id)
                }}
              />
              <span className={styles.dot} aria-hidden="true" />
              <span className={styles.wayName}>
                <WayName method={way} />
              </span>
              <span className={styles.wayUnder}>
                {limit ? <Limit way={way} limit={limit} /> : <Terms way={way} total={total} />}
              </span>
            </label>
          )
        })}
      </div>
      {(fault?.code === 'unknown-method' || fault?.code === 'wrong-currency') && (
        <Note tone="error" icon="warning" live>
          {t`Этим способом заплатить уже нельзя. Выберите другой.`}
        </Note>
      )}
    </fieldset>
  )
}

function Limit({ way, limit }: { way: PayMethod; limit: 'least' | 'most' }): ReactNode {
  const money = <Money amount={way[limit]} currency={way.currency} />
  return limit === 'least' ? <Trans>от {money}</Trans> : <Trans>не больше {money} за раз</Trans>
}

function Terms({ way, total }: { way: PayMethod; total: string }): ReactNode {
  const { t } = useLingui()
  const arrives: Record<PayMethod['arrives'], string> = {
    'at-once': t`зачислим сразу`,
    minutes: t`зачислим за несколько минут`,
    day: t`зачислим на следующий рабочий день`,
  }
  return (
    <>
      {arrives[way.arrives]}, <Fee way={way} total={total} />
    </>
  )
}

function Fee({ way, total }: { way: PayMethod; total: string }): ReactNode {
  const { i18n } = useLingui()
  const isFree = signOf(way.fee_percent) === 0 && signOf(way.fee_least) === 0
  if (isFree) return <Trans>без комиссии</Trans>
  if (signOf(total) > 0) {
    const money = <Money amount={feeOf(way, total)} currency={way.currency} />
    return <Trans>комиссия {money}</Trans>
  }
  const percent = Number(way.fee_percent).toLocaleString(i18n.locale)
  return signOf(way.fee_percent) > 0 ? (
    <Trans>комиссия {percent}&nbsp;%</Trans>
  ) : (
    <Trans>
      комиссия <Money amount={way.fee_least} currency={way.currency} />
    </Trans>
  )
}

import { Trans, useLingui } from '@lingui/react/macro'
import type { ReactNode } from 'react'
import { signOf } from '../../../kit/money/amount.ts'
import { Money } from '../../../kit/money/money.tsx'
import { Note } from '../../../kit/pane/message.tsx'
import type { Fault } from '../../data/api.ts'
import type { PayMethod } from '../../data/types.ts'
import { WayName } from '../../parts/way-name.tsx'
import { barOf, type Option } from './options.ts'
import { feeOf } from './price.ts'
import styles from './paying.module.css'

interface WaysProps {
  label: string
  options: readonly Option[]
  total: string
  chosen: string | undefined
  fault: Fault | null
  onChoose: (id: string) => void
}

/** Every way to pay with what it costs and when the money arrives, before anything is chosen. */
export function Ways({ label, options, total, chosen, fault, onChoose }: WaysProps) {
  const { t } = useLingui()
  return (
    <fieldset className={styles.choice}>
      <legend className={styles.legend}>
        <h2>{label}</h2>
      </legend>
      <div className={styles.ways}>
        {options.map((option) => {
          const bar = barOf(option, total)
          return (
            <label key={option.id} className={styles.way}>
              <input
                type="radio"
                name="way"
                value={option.id}
                className={styles.radio}
                data-guide={`pay.way.${option.id}`}
                checked={option.id === chosen}
                disabled={bar !== null}
                onChange={() => {
                  onChoose(option.id)
                }}
              />
              <span className={styles.dot} aria-hidden="true" />
              <span className={styles.wayName}>{option.card ? option.card.title : <WayName method={option.method} />}</span>
              <span className={styles.wayUnder}>
                {bar ? <Barred option={option} bar={bar} /> : <Terms way={option.method} total={total} />}
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
      {fault?.code === 'card-expired' && (
        <Note tone="error" icon="warning" live>
          {t`Срок действия этой карты вышел. Выберите другой способ.`}
        </Note>
      )}
      {fault?.code === 'card-gone' && (
        <Note tone="error" icon="warning" live>
          {t`Этой карты среди сохранённых больше нет. Выберите другой способ.`}
        </Note>
      )}
    </fieldset>
  )
}

function Barred({ option, bar }: { option: Option; bar: NonNullable<ReturnType<typeof barOf>> }): ReactNode {
  const { i18n } = useLingui()
  const { method } = option
  if (bar === 'off') return method.off && (i18n.locale === 'ru' ? method.off.ru : method.off.en)
  if (bar === 'expired') return <Trans>срок действия вышел</Trans>
  return <Limit way={method} limit={bar} />
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

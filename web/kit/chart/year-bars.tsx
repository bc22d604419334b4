import { Trans, useLingui } from '@lingui/react/macro'
import type { KeyboardEvent, ReactNode } from 'react'
import { useRef, useState } from 'react'
import { Button } from '../controls/button.tsx'
import { addAmounts, toThousandths } from '../money/amount.ts'
import { Money } from '../money/money.tsx'
import { Bone } from '../pane/bone.tsx'
import { monthMark, monthText } from '../time/people-time.ts'
import { useView } from '../view/view-store.ts'
import styles from './year-bars.module.css'

export interface YearMonth {
  /** "2026-11" */
  month: string
  charged: string
  paid: string
}

interface YearBarsProps {
  months: readonly YearMonth[]
  currency: string
  /** Id of the heading, for the pane that it names. */
  heading: string
}

const HEIGHT = 100
const KEYS: Record<string, number> = { ArrowLeft: -1, ArrowRight: 1, Home: -12, End: 12 }

/** Height of a bar in hundredths of the highest one; something is always seen of what is not nothing. */
export function barHeight(amount: string, highest: bigint): number {
  const minor = toThousandths(amount)
  if (minor <= 0n || highest <= 0n) return 0
  return Math.max(2, Number((minor * BigInt(HEIGHT)) / highest))
}

function total(months: readonly YearMonth[], key: 'charged' | 'paid'): string {
  return months.reduce((sum, month) => addAmounts(sum, month[key]), '0.00')
}

/** Twelve months of what was charged and what was paid: bars to look at, a table to read, one tap apart. */
export function YearBars({ months, currency, heading }: YearBarsProps) {
  const { t } = useLingui()
  const [asTable, setAsTable] = useState(false)
  const [chosen, setChosen] = useState<number | null>(null)
  const shown = chosen === null ? undefined : months[chosen]
  return (
    <figure className={styles.figure}>
      <figcaption className={styles.caption}>
        <Figures
          heading={heading}
          title={shown ? <MonthName month={shown.month} /> : <Trans>За двенадцать месяцев</Trans>}
          charged={shown?.charged ?? total(months, 'charged')}
          paid={shown?.paid ?? total(months, 'paid')}
          currency={currency}
        />
      </figcaption>
      {asTable ? (
        <YearTable months={months} currency={currency} />
      ) : (
        <Bars months={months} chosen={chosen} onChoose={setChosen} />
      )}
      <div className={styles.turn}>
        <Button
          guide="overview.year.table"
          look="quiet"
          aria-pressed={asTable}
          onClick={() => {
            setAsTable(!asTable)
            setChosen(null)
          }}
        >
          {asTable ? t`Показать столбиками` : t`Показать таблицей`}
        </Button>
      </div>
    </figure>
  )
}

/** The chart on its way: the same lines, the same height. */
export function YearBones({ heading }: { heading: string }) {
  return (
    <div className={styles.figure}>
      <div>
        <h2 id={heading}>
          <Trans>За двенадцать месяцев</Trans>
        </h2>
        <p className={styles.figures}>
          <Bone characters={18} />
          <Bone characters={18} />
        </p>
      </div>
      <div className={styles.bars}>
        {Array.from({ length: 12 }, (_, index) => (
          <span key={index} className={styles.bar}>
            <svg className={styles.drawing} viewBox={`0 0 20 ${String(HEIGHT)}`} preserveAspectRatio="none" aria-hidden="true">
              <rect className={styles.bone} x="3" width="14" y={HEIGHT / 2} height={HEIGHT / 2} />
            </svg>
            <Bone characters={1} />
          </span>
        ))}
      </div>
      <div className={styles.turn}>
        <span className={styles.turnBone} />
      </div>
    </div>
  )
}

function MonthName({ month }: { month: string }) {
  const { i18n } = useLingui()
  return <span className={styles.month}>{monthText(month, i18n.locale)}</span>
}

interface FiguresProps {
  heading: string
  title: ReactNode
  charged: string
  paid: string
  currency: string
}

function Figures({ heading, title, charged, paid, currency }: FiguresProps) {
  return (
    <div aria-live="polite">
      <h2 id={heading}>{title}</h2>
      <dl className={styles.figures}>
        <div data-key="charged">
          <dt>
            <Trans>начислено</Trans>
          </dt>
          <dd>
            <Money amount={charged} currency={currency} />
          </dd>
        </div>
        <div data-key="paid">
          <dt>
            <Trans>оплачено</Trans>
          </dt>
          <dd>
            <Money amount={paid} currency={currency} />
          </dd>
        </div>
      </dl>
    </div>
  )
}

interface BarsProps {
  months: readonly YearMonth[]
  chosen: number | null
  onChoose: (index: number | null) => void
}

function Bars({ months, chosen, onChoose }: BarsProps) {
  const { t, i18n } = useLingui()
  const { hidden } = useView()
  const row = useRef<HTMLDivElement>(null)
  const highest = months
    .flatMap((month) => [toThousandths(month.charged), toThousandths(month.paid)])
    .reduce((most, minor) => (minor > most ? minor : most), 0n)
  const active = chosen ?? months.length - 1

  const move = (event: KeyboardEvent) => {
    const step = KEYS[event.key]
    if (step === undefined) return
    event.preventDefault()
    const next = Math.min(months.length - 1, Math.max(0, active + step))
    onChoose(next)
    row.current?.querySelectorAll('button')[next]?.focus()
  }

  return (
    <div ref={row} className={styles.bars} role="group" aria-label={t`Месяцы`}>
      {months.map((month, index) => (
        <button
          key={month.month}
          type="button"
          className={styles.bar}
          data-guide="overview.year.month"
          aria-pressed={index === chosen}
          tabIndex={index === active ? 0 : -1}
          onKeyDown={move}
          onClick={() => {
            onChoose(index === chosen ? null : index)
          }}
        >
          <span className={styles.spoken}>{monthText(month.month, i18n.locale)}</span>
          <svg className={styles.drawing} viewBox={`0 0 20 ${String(HEIGHT)}`} preserveAspectRatio="none" aria-hidden="true">
            {hidden ? (
              <rect className={styles.charged} x="3" width="14" y={HEIGHT / 2} height={HEIGHT / 2} />
            ) : (
              <>
                <Bar x={2} amount={month.charged} highest={highest} look={styles.charged} />
                <Bar x={10.5} amount={month.paid} highest={highest} look={styles.paid} />
              </>
            )}
          </svg>
          <span aria-hidden="true">{monthMark(month.month, i18n.locale)}</span>
        </button>
      ))}
    </div>
  )
}

function Bar({ x, amount, highest, look }: { x: number; amount: string; highest: bigint; look: string | undefined }) {
  const height = barHeight(amount, highest)
  return <rect className={look} x={x} width="7.5" y={HEIGHT - height} height={height} />
}

function YearTable({ months, currency }: Omit<YearBarsProps, 'heading'>) {
  return (
    <table className={styles.table}>
      <thead>
        <tr>
          <th scope="col">
            <Trans>Месяц</Trans>
          </th>
          <th scope="col">
            <Trans>Начислено</Trans>
          </th>
          <th scope="col">
            <Trans>Оплачено</Trans>
          </th>
        </tr>
      </thead>
      <tbody>
        {months.map((month) => (
          <tr key={month.month}>
            <th scope="row">
              <MonthName month={month.month} />
            </th>
            <td>
              <Money amount={month.charged} currency={currency} />
            </td>
            <td>
              <Money amount={month.paid} currency={currency} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

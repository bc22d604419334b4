import { Trans, useLingui } from '@lingui/react/macro'
import type { ReactNode } from 'react'
import { useState } from 'react'
import { Button } from '../../../kit/controls/button.tsx'
import { Choice } from '../../../kit/controls/choice.tsx'
import { Field } from '../../../kit/controls/field.tsx'
import { Pane } from '../../../kit/pane/frame.tsx'
import type { KindChoice, ListFilter, Period } from './filter.ts'
import { isFiltered } from './filter.ts'
import styles from './operations.module.css'

interface FilterPaneProps {
  filter: ListFilter
  onChange: (filter: ListFilter) => void
  onClear: () => void
  /** What the page is called: it stands above its filters. */
  children: ReactNode
}

/** Filters are controls in sight, on a phone behind one that says what is chosen. Each change is in the address. */
export function FilterPane({ filter, onChange, onClear, children }: FilterPaneProps) {
  const { t } = useLingui()
  const kinds: readonly (readonly [KindChoice, string])[] = [
    ['all', t`Все`],
    ['charge', t`Начисления`],
    ['payment', t`Оплаты`],
    ['credit', t`Зачёты`],
    ['refund', t`Возвраты`],
    ['correction', t`Перерасчёты`],
  ]
  const periods: readonly (readonly [Period, string])[] = [
    ['all', t`За всё время`],
    ['30', t`30 дней`],
    ['90', t`Квартал`],
    ['365', t`Год`],
    ['own', t`Свои даты`],
  ]
  const [open, setOpen] = useState(false)
  const kind = kinds.find(([value]) => value === filter.kind)?.[1] ?? ''
  const period = periods.find(([value]) => value === filter.period)?.[1] ?? ''
  return (
    <Pane guide="operations.filter" aria-label={t`Отбор`}>
      {children}
      <div className={styles.fold}>
        <Button
          guide="operations.filter.open"
          icon="view"
          aria-expanded={open}
          onClick={() => {
            setOpen(!open)
          }}
        >
          {`${kind}, ${period.toLocaleLowerCase()}`}
        </Button>
      </div>
      <div className={styles.filter} data-open={open}>
        <Choice
          guide="operations.filter.kind"
          label={t`Что показать`}
          look="column"
          value={filter.kind}
          options={kinds}
          onChoose={(kind) => {
            onChange({ ...filter, kind })
          }}
        />
        <Choice
          guide="operations.filter.period"
          label={t`За какое время`}
          look="column"
          value={filter.period}
          options={periods}
          onChoose={(period) => {
            onChange({ ...filter, period })
          }}
        />
        {filter.period === 'own' && <OwnDates filter={filter} onChange={onChange} />}
        {isFiltered(filter) && (
          <Button guide="operations.filter.clear" icon="close" onClick={onClear}>
            <Trans>Сбросить всё</Trans>
          </Button>
        )}
      </div>
    </Pane>
  )
}

function OwnDates({ filter, onChange }: Pick<FilterPaneProps, 'filter' | 'onChange'>) {
  const { t } = useLingui()
  return (
    <div className={styles.dates}>
      <Field
        guide="operations.filter.from"
        type="date"
        label={t`С какого дня`}
        value={filter.from}
        max={filter.to || undefined}
        onChange={(event) => {
          onChange({ ...filter, from: event.target.value })
        }}
      />
      <Field
        guide="operations.filter.to"
        type="date"
        label={t`По какой день`}
        value={filter.to}
        min={filter.from || undefined}
        onChange={(event) => {
          onChange({ ...filter, to: event.target.value })
        }}
      />
    </div>
  )
}

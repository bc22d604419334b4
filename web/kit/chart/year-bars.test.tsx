import { I18nProvider } from '@lingui/react'
import { render, screen, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { expect, test } from 'vitest'
import { i18n } from '../../portal/app/i18n.ts'
import { setView } from '../view/view-store.ts'
import { barHeight, YearBars } from './year-bars.tsx'

const months = Array.from({ length: 12 }, (_, index) => ({
  month: `2026-${String(index + 1).padStart(2, '0')}`,
  charged: `${String(100 + index)}.00`,
  paid: index === 11 ? '0.00' : '100.00',
}))

function show() {
  return render(
    <I18nProvider i18n={i18n}>
      <YearBars months={months} currency="RUB" heading="year" />
    </I18nProvider>,
  )
}

const said = (container: HTMLElement) => container.querySelector('figcaption')?.textContent ?? ''

test('a bar is as high as its share of the highest, and never quite nothing', () => {
  expect(barHeight('50.00', 100_000n)).toBe(50)
  expect(barHeight('0.01', 100_000_000n)).toBe(2)
  expect(barHeight('0.00', 100_000n)).toBe(0)
  expect(barHeight('-5.00', 100_000n)).toBe(0)
  expect(barHeight('5.00', 0n)).toBe(0)
})

test('the year is summed up in words before any bar is touched', () => {
  const { container } = show()
  expect(said(container)).toContain('За двенадцать месяцев')
  expect(said(container)).toContain('1\u00a0266,00\u00a0₽')
  expect(container.querySelectorAll('rect')).toHaveLength(24)
})

test('a tap tells a month, another takes it back', async () => {
  const user = userEvent.setup()
  const { container } = show()
  const march = screen.getByRole('button', { name: 'март 2026' })
  await user.click(march)
  expect(march.getAttribute('aria-pressed')).toBe('true')
  expect(said(container)).toContain('март 2026')
  expect(said(container)).toContain('102,00')
  await user.click(march)
  expect(said(container)).toContain('За двенадцать месяцев')
})

test('the keyboard walks along the months from one stop', async () => {
  const user = userEvent.setup()
  const { container } = show()
  const stops = () => [...container.querySelectorAll('[role=group] button')].filter((each) => each.getAttribute('tabindex') === '0')
  expect(stops()).toHaveLength(1)
  await user.click(screen.getByRole('button', { name: 'март 2026' }))
  await user.keyboard('{ArrowLeft}')
  expect(document.activeElement?.textContent).toContain('февраль 2026')
  await user.keyboard('{Home}{ArrowLeft}')
  expect(document.activeElement?.textContent).toContain('январь 2026')
  await user.keyboard('{End}')
  expect(said(container)).toContain('декабрь 2026')
  await user.keyboard('x')
  expect(stops()).toHaveLength(1)
})

test('the table twin says the same in figures', async () => {
  const user = userEvent.setup()
  const { container } = show()
  await user.click(screen.getByRole('button', { name: 'Показать таблицей' }))
  const rows = within(screen.getByRole('table')).getAllByRole('row')
  expect(rows).toHaveLength(13)
  expect(rows[3]?.textContent).toContain('102,00')
  expect(container.querySelector('svg rect')).toBeNull()
  await user.click(screen.getByRole('button', { name: 'Показать столбиками' }))
  expect(container.querySelectorAll('rect')).toHaveLength(24)
})

test('hidden amounts hide what the heights would tell', () => {
  setView({ hidden: true })
  const { container } = show()
  const heights = new Set([...container.querySelectorAll('rect')].map((bar) => bar.getAttribute('height')))
  expect(heights.size).toBe(1)
  expect(said(container)).not.toMatch(/\d/u)
})

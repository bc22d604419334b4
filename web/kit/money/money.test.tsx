import { I18nProvider } from '@lingui/react'
import { render, screen } from '@testing-library/react'
import type { ReactNode } from 'react'
import { expect, test } from 'vitest'
import { i18n } from '../../portal/app/i18n.ts'
import { setView } from '../view/view-store.ts'
import { Money } from './money.tsx'

function show(money: ReactNode) {
  return render(<I18nProvider i18n={i18n}>{money}</I18nProvider>).container
}

const spoken = (container: HTMLElement) =>
  [...container.querySelectorAll('span')].find((each) => each.className.includes('spoken'))?.textContent
const printed = (container: HTMLElement) => container.querySelector('[aria-hidden]')?.textContent

test('a payment lowers the debt, so the customer sees a plus and hears it', () => {
  const container = show(<Money amount="-1500.00" currency="RUB" sign="customer" />)
  expect(printed(container)).toBe('+\u00a01\u00a0500,00\u00a0₽')
  expect(spoken(container)).toBe('плюс 1\u00a0500,00\u00a0₽')
})

test('a charge carries the true minus, not a hyphen', () => {
  const container = show(<Money amount="734.50" currency="RUB" sign="customer" />)
  expect(printed(container)).toBe('\u2212\u00a0734,50\u00a0₽')
  expect(spoken(container)).toBe('минус 734,50\u00a0₽')
})

test('a balance has no sign, its word stands beside it', () => {
  const container = show(<Money amount="-500.00" currency="RUB" size="balance" />)
  expect(printed(container)).toBe('500,00\u00a0₽')
  expect(spoken(container)).toBe('500,00\u00a0₽')
})

test('nothing is neither gain nor loss', () => {
  expect(printed(show(<Money amount="0.00" currency="RUB" sign="customer" />))).toBe('0,00\u00a0₽')
})

test('a hidden amount leaves no digit anywhere in the document', () => {
  setView({ hidden: true })
  const container = show(<Money amount="-1500.00" currency="RUB" sign="customer" />)
  expect(container.innerHTML.replaceAll(/class="[^"]*"/gu, '')).not.toMatch(/\d|₽/u)
  expect(screen.getByText('сумма скрыта')).toBeTruthy()
})

import type { Meta, StoryObj } from '@storybook/react-vite'
import { atTheEdge, brandNew, inDebt, longHistory, withoutAccounts } from '../twin/people.ts'
import { Twin } from '../twin/twin.ts'
import { press, whenThere } from './hands.ts'
import { Stage } from './stage.tsx'

export default { title: 'C6 Операции' } satisfies Meta

type Story = StoryObj

async function postCharge(twin: Twin): Promise<void> {
  await whenThere('operation.row')
  twin.post({ kind: 'charge', amount: '210.00', text: 'Вывоз мусора' })
}

const AT = '/operations'

export const List: Story = { name: 'Список', render: () => <Stage twin={new Twin({ person: inDebt() })} at={AT} /> }

export const Long: Story = { name: 'Длинная история', render: () => <Stage twin={new Twin({ person: longHistory() })} at={AT} /> }

export const Filtered: Story = {
  name: 'Отбор: оплаты за квартал',
  render: () => <Stage twin={new Twin({ person: inDebt() })} at={`${AT}?kind=payment&period=90`} />,
}

export const OwnDates: Story = {
  name: 'Отбор: свои даты',
  render: () => <Stage twin={new Twin({ person: inDebt() })} at={`${AT}?from=2026-09-01&to=2026-10-31`} />,
  play: () => press('operations.filter.open'),
}

export const NothingFound: Story = {
  name: 'Ничего не найдено',
  render: () => <Stage twin={new Twin({ person: inDebt() })} at={`${AT}?kind=refund&period=30`} />,
}

export const Empty: Story = { name: 'Операций ещё не было', render: () => <Stage twin={new Twin({ person: brandNew() })} at={AT} /> }

export const NoAccounts: Story = { name: 'Нет счетов', render: () => <Stage twin={new Twin({ person: withoutAccounts() })} at={AT} /> }

async function askForMore(twin: Twin): Promise<void> {
  const more = await whenThere('operations.more')
  twin.troubles.set('/live/v1/operations', { status: 504, code: 'timeout' })
  // By the element itself: a hand of the test library would touch React while the test is waiting for it.
  more.click()
}

export const MoreFailed: Story = {
  name: 'Продолжение не загрузилось',
  render: () => <Stage twin={new Twin({ person: longHistory() })} at={AT} then={askForMore} />,
}

export const NewWaits: Story = {
  name: 'Новая операция ждёт',
  render: () => <Stage twin={new Twin({ person: inDebt() })} at={AT} then={postCharge} />,
}

export const Loading: Story = {
  name: 'Загрузка',
  render: () => <Stage twin={new Twin({ person: inDebt(), troubles: { '/live/v1/operations': 'hang' } })} at={AT} />,
}

export const Failed: Story = {
  name: 'Не загрузилось',
  render: () => (
    <Stage twin={new Twin({ person: inDebt(), troubles: { '/live/v1/operations': { status: 504, code: 'timeout' } } })} at={AT} />
  ),
}

export const Edge: Story = { name: 'Всё на пределе', render: () => <Stage twin={new Twin({ person: atTheEdge() })} at={AT} /> }

export const HiddenAmounts: Story = {
  name: 'Суммы скрыты',
  render: () => <Stage twin={new Twin({ person: inDebt() })} at={AT} view={{ hidden: true }} />,
}

export const English: Story = {
  name: 'По-английски',
  render: () => <Stage twin={new Twin({ person: inDebt() })} at={AT} view={{ language: 'en' }} />,
}

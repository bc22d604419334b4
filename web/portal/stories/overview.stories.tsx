import type { Meta, StoryObj } from '@storybook/react-vite'
import { allPaid, atTheEdge, blocked, brandNew, closed, COTTAGE, inCredit, inDebt, overdue, twoAccounts, withoutAccounts, withStaleFigures } from '../twin/people.ts'
import { Twin } from '../twin/twin.ts'
import { press, whenThere } from './hands.ts'
import { Stage } from './stage.tsx'

export default { title: 'C5 Обзор' } satisfies Meta

type Story = StoryObj

export const InDebt: Story = { name: 'К оплате', render: () => <Stage twin={new Twin({ person: inDebt() })} /> }

export const Overdue: Story = { name: 'Срок прошёл', render: () => <Stage twin={new Twin({ person: overdue() })} /> }

export const InCredit: Story = { name: 'Переплата', render: () => <Stage twin={new Twin({ person: inCredit() })} /> }

export const AllPaid: Story = { name: 'Всё оплачено', render: () => <Stage twin={new Twin({ person: allPaid() })} /> }

export const TwoAccounts: Story = { name: 'Два счёта', render: () => <Stage twin={new Twin({ person: twoAccounts() })} /> }

export const SecondAccount: Story = {
  name: 'Два счёта, выбран второй',
  render: () => <Stage twin={new Twin({ person: twoAccounts() })} at={`/?account=${COTTAGE}`} />,
}

export const BrandNew: Story = { name: 'Новый клиент', render: () => <Stage twin={new Twin({ person: brandNew() })} /> }

export const NoAccounts: Story = { name: 'Нет счетов', render: () => <Stage twin={new Twin({ person: withoutAccounts() })} /> }

export const Blocked: Story = { name: 'Счёт приостановлен', render: () => <Stage twin={new Twin({ person: blocked() })} /> }

export const Closed: Story = { name: 'Счёт закрыт', render: () => <Stage twin={new Twin({ person: closed() })} /> }

export const PartDue: Story = {
  name: 'К сроку не всё',
  render: () => {
    const person = inDebt()
    if (person.books[0]) person.books[0].due = { amount: '500.00', on: '2026-11-25' }
    return <Stage twin={new Twin({ person })} />
  },
}

export const YearTable: Story = {
  name: 'Год таблицей',
  render: () => <Stage twin={new Twin({ person: inDebt() })} />,
  play: () => press('overview.year.table'),
}

export const FreshData: Story = {
  name: 'Пришла новая операция',
  render: () => (
    <Stage
      twin={new Twin({ person: inDebt() })}
      then={async (twin) => {
        await whenThere('operation.row')
        twin.post({ kind: 'payment', amount: '-1234.50', text: 'Оплата картой через сайт' })
      }}
    />
  ),
}

export const Loading: Story = {
  name: 'Загрузка',
  render: () => <Stage twin={new Twin({ person: inDebt(), troubles: { '/live/v1/overview': 'hang' } })} />,
}

export const Failed: Story = {
  name: 'Не загрузилось',
  render: () => (
    <Stage twin={new Twin({ person: inDebt(), troubles: { '/live/v1/overview': { status: 503, code: 'unavailable' } } })} />
  ),
}

export const YearFailed: Story = {
  name: 'Не загрузилась одна часть',
  render: () => (
    <Stage twin={new Twin({ person: inDebt(), troubles: { '/live/v1/year': { status: 500, code: 'internal' } } })} />
  ),
}

export const ForeignAccount: Story = {
  name: 'Такого счёта нет',
  render: () => <Stage twin={new Twin({ person: inDebt() })} at="/?account=019aa6f0-0000-7000-8000-00000000dead" />,
}

export const Stale: Story = { name: 'Данные устарели', render: () => <Stage twin={new Twin({ person: withStaleFigures() })} /> }

export const HiddenAmounts: Story = {
  name: 'Суммы скрыты',
  render: () => <Stage twin={new Twin({ person: inDebt() })} view={{ hidden: true }} />,
}

export const Edge: Story = {
  name: 'Всё на пределе: фамилия, тексты, суммы',
  render: () => <Stage twin={new Twin({ person: atTheEdge() })} />,
}

export const LargeText: Story = {
  name: 'Крупный текст',
  render: () => <Stage twin={new Twin({ person: inDebt() })} view={{ text: 'large' }} />,
}

export const English: Story = {
  name: 'По-английски',
  render: () => <Stage twin={new Twin({ person: inDebt() })} view={{ language: 'en' }} />,
}

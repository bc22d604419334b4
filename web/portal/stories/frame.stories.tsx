import type { Meta, StoryObj } from '@storybook/react-vite'
import { inDebt, NOW } from '../twin/people.ts'
import { Twin } from '../twin/twin.ts'
import { press, whenThere } from './hands.ts'
import { Stage } from './stage.tsx'

export default { title: 'C20–C21 Рама' } satisfies Meta

type Story = StoryObj

export const NotFound: Story = { name: 'Такой страницы нет', render: () => <Stage twin={new Twin({ person: inDebt() })} at="/kvitancii" /> }

function broken(): number {
  throw new Error('a part of the page fails')
}

export const Crashed: Story = {
  name: 'Сбой на странице',
  render: () => <Stage twin={new Twin({ person: inDebt() })} clock={broken} />,
}

export const LiveAway: Story = {
  name: 'Связь потеряна',
  render: () => {
    const start = Date.now()
    // The clock must walk for a lost line to be worth a word.
    return <Stage twin={new Twin({ person: inDebt(), streamDown: true })} clock={() => NOW + (Date.now() - start) * 40} />
  },
}

export const Offline: Story = {
  name: 'Нет сети',
  beforeEach: () => {
    Object.defineProperty(navigator, 'onLine', { value: false, configurable: true })
    return () => {
      Reflect.deleteProperty(navigator, 'onLine')
    }
  },
  render: () => <Stage twin={new Twin({ person: inDebt(), streamDown: true })} />,
}

export const SessionEnding: Story = {
  name: 'Сессия скоро закончится',
  render: () => {
    const twin = new Twin({ person: inDebt() })
    twin.idleUntil = NOW + 48_000
    return <Stage twin={twin} />
  },
}

export const SessionExpiring: Story = {
  name: 'Скоро входить снова',
  render: () => {
    const twin = new Twin({ person: inDebt() })
    twin.expiresAt = NOW + 41_000
    return <Stage twin={twin} />
  },
}

export const ViewSettings: Story = {
  name: 'Как показывать',
  render: () => <Stage twin={new Twin({ person: inDebt() })} />,
  play: async () => {
    await whenThere('overview.state')
    await press('view.open')
  },
}

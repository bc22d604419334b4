import type { Meta, StoryObj } from '@storybook/react-vite'
import { inDebt } from '../twin/people.ts'
import type { TwinOptions } from '../twin/twin.ts'
import { Twin } from '../twin/twin.ts'
import { press, type, whenThere } from './hands.ts'
import { Stage } from './stage.tsx'

export default { title: 'C1–C2 Вход' } satisfies Meta

type Story = StoryObj

const PASSWORD = 'POST /api/session/password'

function outside(troubles: TwinOptions['troubles'] = {}) {
  return new Twin({ person: inDebt(), state: 'closed', troubles })
}

function waitingForCode(troubles: TwinOptions['troubles'] = {}) {
  return new Twin({ person: inDebt(), state: 'code', troubles })
}

async function signIn() {
  await type('login.login', '4400 123 456')
  await type('login.password', 'не тот пароль')
  await press('login.submit')
}

async function enterCode() {
  await type('code.code', '654321')
}

export const Login: Story = { name: 'Вход', render: () => <Stage twin={outside()} /> }

export const WrongPair: Story = { name: 'Пара не подошла', render: () => <Stage twin={outside()} />, play: signIn }

export const Throttled: Story = {
  name: 'Слишком много попыток',
  render: () => <Stage twin={outside({ [PASSWORD]: { status: 429, code: 'throttled', retryAfterS: 45 } })} />,
  play: signIn,
}

export const ServiceAway: Story = {
  name: 'Сервис не отвечает',
  render: () => <Stage twin={outside({ [PASSWORD]: { status: 503, code: 'unavailable' } })} />,
  play: signIn,
}

export const NothingTyped: Story = {
  name: 'Поля пусты',
  render: () => <Stage twin={outside()} />,
  play: () => press('login.submit'),
}

export const HostAway: Story = {
  name: 'Кабинет не открывается',
  render: () => <Stage twin={outside({ '/api/session': 'down' })} />,
}

export const Opening: Story = { name: 'Кабинет открывается', render: () => <Stage twin={outside({ '/api/session': 'hang' })} /> }

export const English: Story = { name: 'Вход по-английски', render: () => <Stage twin={outside()} view={{ language: 'en' }} /> }

export const Code: Story = { name: 'Код из СМС', render: () => <Stage twin={waitingForCode()} at="/login" /> }

export const WrongCode: Story = {
  name: 'Код не подошёл',
  render: () => <Stage twin={waitingForCode()} at="/login" />,
  play: enterCode,
}

export const ExpiredCode: Story = {
  name: 'Код больше не действует',
  render: () => <Stage twin={waitingForCode({ 'POST /api/session/code': { status: 410, code: 'code-expired' } })} at="/login" />,
  play: enterCode,
}

export const DelayedCode: Story = {
  name: 'СМС задерживается',
  render: () => {
    const twin = waitingForCode()
    twin.resendAt = 0
    return <Stage twin={twin} at="/login" />
  },
}

export const CodeSentAgain: Story = {
  name: 'Код отправлен ещё раз',
  render: () => {
    const twin = waitingForCode()
    twin.resendAt = 0
    return <Stage twin={twin} at="/login" />
  },
  play: async () => {
    await press('code.resend')
    await whenThere('code.resend')
  },
}

export const Help: Story = { name: 'Не получается войти', render: () => <Stage twin={outside()} />, play: () => press('login.help') }

export const CodeThrottled: Story = {
  name: 'Слишком много кодов',
  render: () => (
    <Stage twin={waitingForCode({ 'POST /api/session/code': { status: 429, code: 'throttled', retryAfterS: 60 } })} at="/login" />
  ),
  play: enterCode,
}

export const CodeNotSent: Story = {
  name: 'Код не отправился',
  render: () => {
    const twin = waitingForCode({ 'POST /api/session/code/resend': { status: 503, code: 'unavailable' } })
    twin.resendAt = 0
    return <Stage twin={twin} at="/login" />
  },
  play: () => press('code.resend'),
}

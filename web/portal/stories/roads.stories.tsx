import type { Meta, StoryObj } from '@storybook/react-vite'
import type { OpenPayment, PaymentPromise } from '../data/types.ts'
import { inDebt, NOW } from '../twin/people.ts'
import { TOKEN } from '../twin/roads.ts'
import { Twin, type TwinOptions } from '../twin/twin.ts'
import { comeBack, press } from './hands.ts'
import { Stage } from './stage.tsx'

export default { title: 'C10 Ссылка и обещанный платёж' } satisfies Meta

type Story = StoryObj

const MINUTE_MS = 60_000
const ago = (minutes: number) => new Date(NOW - minutes * MINUTE_MS).toISOString()
const day = (days: number) => ago(-days * 24 * 60).slice(0, 10)
const home = (options: Partial<TwinOptions> = {}) => new Twin({ person: inDebt(), ...options })

/** The part behind `#` is all that tells the page of its link. */
function hold(token: string): void {
  location.hash = token
}

/** Somebody unknown in front of a link. */
function Opened({ token = TOKEN, troubles = {} }: { token?: string; troubles?: TwinOptions['troubles'] }) {
  hold(token)
  return <Stage twin={home({ state: 'closed', troubles })} at="/l" />
}

function Back({ changes, back = null }: { changes: Partial<OpenPayment>; back?: number | null }) {
  const twin = home({ state: 'closed' })
  const payment = twin.roads.put({ accepted_at: ago(3), ...changes })
  comeBack(payment.id, back)
  return <Stage twin={twin} at={`/paid/${payment.id}`} />
}

function Promised({ changes, at = '/promise' }: { changes: Partial<PaymentPromise>; at?: string }) {
  const twin = home()
  twin.roads.promise({ asked_at: ago(5), answered_at: ago(4), ...changes })
  return <Stage twin={twin} at={at} />
}

export const Link: Story = { name: 'Ссылку открыли', render: () => <Opened /> }

export const LinkLoading: Story = { name: 'Ссылка загружается', render: () => <Opened troubles={{ '/api/links/open/look': 'hang' }} /> }

export const LinkGone: Story = { name: 'Ссылка не действует', render: () => <Opened token="x" /> }

export const LinkAway: Story = {
  name: 'Ссылка не загрузилась',
  render: () => <Opened troubles={{ '/api/links/open/look': { status: 503, code: 'unavailable' } }} />,
}

export const LinkNoWays: Story = {
  name: 'Способы отключены',
  render: () => {
    hold(TOKEN)
    const twin = home({ state: 'closed' })
    twin.roads.methods = []
    return <Stage twin={twin} at="/l" />
  },
}

export const Paid: Story = {
  name: 'По ссылке оплачено',
  render: () => <Back changes={{ state: 'posted', confirmed_at: ago(1), posted_at: ago(0) }} />,
}

export const PaidChecking: Story = { name: 'C11 По ссылке проверяем', render: () => <Back back={1} changes={{}} /> }

export const PaidLate: Story = { name: 'C11 По ссылке подтверждения пока нет', render: () => <Back back={2} changes={{}} /> }

export const PaidDeclined: Story = {
  name: 'По ссылке не прошло',
  render: () => <Back changes={{ state: 'closed', ended: 'failed', reason: 'insufficient_funds' }} />,
}

export const Links: Story = {
  name: 'Свои ссылки',
  render: () => {
    const twin = home()
    twin.roads.link({ state: 'expired' })
    twin.roads.link({ state: 'revoked', amount: null, paid: '500.00' })
    twin.roads.link()
    return <Stage twin={twin} at="/links" />
  },
}

export const LinkMade: Story = { name: 'Ссылка сделана', render: () => <Stage twin={home()} at="/links" />, play: () => press('links.submit') }

export const Promise: Story = { name: 'Обещанный платёж', render: () => <Stage twin={home()} at="/promise" /> }

export const PromiseAsked: Story = { name: 'Ждём ответа', render: () => <Promised changes={{ answered_at: null }} /> }

export const PromiseGranted: Story = {
  name: 'Обещание принято',
  render: () => <Promised changes={{ state: 'granted', granted_until: day(5) }} at="/" />,
}

export const PromiseRefused: Story = {
  name: 'Обещание не принято',
  render: () => <Promised changes={{ state: 'refused', reason: 'too-often' }} />,
}

export const PromiseNone: Story = {
  name: 'Обещаний не принимают',
  render: () => {
    const twin = home()
    twin.roads.offer = null
    return <Stage twin={twin} at="/promise" />
  },
}

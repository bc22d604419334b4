import type { Meta, StoryObj } from '@storybook/react-vite'
import { inDebt } from '../twin/people.ts'
import { FULL, KEPT, OTHER } from '../twin/payments.ts'
import { PASSWORD, Twin, type TwinOptions } from '../twin/twin.ts'
import { press, type, whenThere } from './hands.ts'
import { Stage } from './stage.tsx'

export default { title: 'C12 Подтвердить' } satisfies Meta

type Story = StoryObj

const PROOF = 'POST /api/session/proof'

/** Somebody whose last proof is too old. */
function unproved(troubles: TwinOptions['troubles'] = {}) {
  const twin = new Twin({ person: inDebt(), troubles })
  twin.payments.methods = [FULL]
  twin.payments.cards = [KEPT, OTHER]
  twin.proof.isProved = false
  return twin
}

async function choose() {
  await press(`cards.default.${OTHER.id}`)
  await whenThere('proof.password')
}

async function toCode(password = PASSWORD) {
  await choose()
  await type('proof.password', password)
  await press('proof.submit')
}

export const BeforeAutopay: Story = {
  name: 'Перед автоплатежом: пароль',
  render: () => <Stage twin={unproved()} at="/autopay" />,
  play: async () => {
    await press('autopay.first')
    await type('autopay.ceiling', '5 000')
    await type('autopay.contact', 'anna@example.org')
    await press('autopay.make')
    await whenThere('proof.password')
  },
}

export const WrongPassword: Story = {
  name: 'Пароль не подошёл',
  render: () => <Stage twin={unproved()} at="/cards" />,
  play: () => toCode('не тот пароль'),
}

export const Throttled: Story = {
  name: 'Слишком много попыток',
  render: () => <Stage twin={unproved({ [PROOF]: { status: 429, code: 'throttled', retryAfterS: 45 } })} at="/cards" />,
  play: () => toCode(),
}

export const Away: Story = {
  name: 'Сервис не отвечает',
  render: () => <Stage twin={unproved({ [PROOF]: { status: 503, code: 'unavailable' } })} at="/cards" />,
  play: () => toCode(),
}

export const TheCode: Story = {
  name: 'Код из СМС',
  render: () => <Stage twin={unproved()} at="/cards" />,
  play: async () => {
    await toCode()
    await whenThere('proof.code')
  },
}

export const WrongCode: Story = {
  name: 'Код не подошёл',
  render: () => <Stage twin={unproved()} at="/cards" />,
  play: async () => {
    await toCode()
    await whenThere('proof.code')
    await type('proof.code', '654321')
  },
}

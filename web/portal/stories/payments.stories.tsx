import type { Meta, StoryObj } from '@storybook/react-vite'
import type { Autopay, AutopayTurn, Payment } from '../data/types.ts'
import { allPaid, atTheEdge, COTTAGE, HOME, inDebt, NOW, twoAccounts, withoutAccounts } from '../twin/people.ts'
import { CARD, FULL, KEPT, OTHER } from '../twin/payments.ts'
import { Twin, type TwinOptions } from '../twin/twin.ts'
import { comeBack, press, type as write, whenThere } from './hands.ts'
import { Stage } from './stage.tsx'

export default { title: 'C10 Оплата' } satisfies Meta

type Story = StoryObj

const MINUTE_MS = 60_000
const ago = (minutes: number) => new Date(NOW - minutes * MINUTE_MS).toISOString()

const form = (options: Partial<TwinOptions> = {}) => new Twin({ person: inDebt(), ...options })

/** A payment's own page, at the step that `changes` say; `back`: minutes since its payer came back, null if he never left. */
function Standing({ changes, go, back = null }: { changes: Partial<Payment>; go?: Payment['go']; back?: number | null }) {
  const twin = new Twin({ person: twoAccounts() })
  if (go !== undefined) twin.payments.go = go
  const payment = twin.payments.put({ accepted_at: ago(3), ...changes })
  comeBack(payment.id, back)
  return <Stage twin={twin} at={`/payments/${payment.id}`} />
}

/** A way that sends a receipt and keeps cards; with `cards`, some that are kept. */
function keeping(cards: Twin['payments']['cards'] = [], options: Partial<TwinOptions> = {}) {
  const twin = form(options)
  twin.payments.methods = [FULL, { ...CARD, id: 'wallet', kind: 'wallet', off: { ru: 'Не работает до понедельника', en: 'Off until Monday' } }]
  twin.payments.cards = cards
  return twin
}

const RECEIPT = { state: 'asked', contact: 'a···@example.org', number: '', drive: '', sign: '', registered_at: null, link: '' } as const

export const WithReceipt: Story = { name: 'Чек и запомнить карту', render: () => <Stage twin={keeping()} at="/pay" /> }

export const NoContact: Story = {
  name: 'Не сказали, куда чек',
  render: () => <Stage twin={keeping()} at="/pay" />,
  play: () => press('pay.submit'),
}

export const ByCard: Story = { name: 'Сохранённой картой', render: () => <Stage twin={keeping([KEPT, OTHER])} at="/pay" /> }

export const CardOut: Story = {
  name: 'Срок карты вышел',
  render: () => <Stage twin={keeping([{ ...KEPT, is_expired: true, expires: '2026-10', is_default: false }, OTHER])} at="/pay" />,
}

export const Cards: Story = {
  name: 'C12 Карты',
  render: () => (
    <Stage
      twin={keeping([KEPT, OTHER, { ...OTHER, id: '019aa6f0-0000-7000-8000-00000000ca6d', is_expired: true, expires: '2026-10' }])}
      at="/cards"
    />
  ),
}

export const CardsRemove: Story = {
  name: 'C12 Удалить карту?',
  render: () => <Stage twin={keeping([KEPT, OTHER])} at="/cards" />,
  play: () => press(`cards.remove.${KEPT.id}`),
}

export const CardsEmpty: Story = { name: 'C12 Карт нет', render: () => <Stage twin={keeping()} at="/cards" /> }

export const CardsLoading: Story = {
  name: 'C12 Карты загружаются',
  render: () => <Stage twin={keeping([], { troubles: { '/api/payments/cards': 'hang' } })} at="/cards" />,
}

export const CardsAway: Story = {
  name: 'C12 Карты не загрузились',
  render: () => <Stage twin={keeping([], { troubles: { '/api/payments/cards': { status: 503, code: 'unavailable' } } })} at="/cards" />,
}

/** Rules of auto-payment, each with its latest charge. */
function Rules({ turns }: { turns: readonly (readonly [Partial<Autopay>, Partial<AutopayTurn> | null])[] }) {
  const twin = keeping([KEPT, OTHER], { person: twoAccounts() })
  for (const [rule, turn] of turns) twin.autopay.put({ ...rule, turn: turn && twin.autopay.turn(turn) })
  return <Stage twin={twin} at="/autopay" />
}

export const AutopayAnnounced: Story = {
  name: 'C12 Автоплатёж: завтра спишем',
  render: () => <Rules turns={[[{}, {}], [{ account: COTTAGE, kind: 'day', day: 5, state: 'paused' }, { state: 'skipped', reason: 'ceiling' }]]} />,
}

export const AutopayEnds: Story = {
  name: 'C12 Автоплатёж: списан, не прошёл',
  render: () => (
    <Rules
      turns={[
        [{}, { state: 'paid', payment: '019aa6f0-0000-7000-8000-000000000041' }],
        [{ account: COTTAGE }, { state: 'failed', reason: 'refused', payment: '019aa6f0-0000-7000-8000-000000000042' }],
      ]}
    />
  ),
}

export const AutopayForm: Story = {
  name: 'C12 Автоплатёж: включить',
  render: () => <Rules turns={[]} />,
  play: async () => {
    await press('autopay.first')
    await press('autopay.kind.day')
    await press('autopay.make')
  },
}

export const AutopayEmpty: Story = { name: 'C12 Автоплатежа нет', render: () => <Rules turns={[]} /> }

export const AutopayNoCard: Story = { name: 'C12 Автоплатёж: нет карты', render: () => <Stage twin={keeping()} at="/autopay" /> }

export const AutopayLoading: Story = {
  name: 'C12 Автоплатёж загружается',
  render: () => <Stage twin={keeping([], { troubles: { '/api/autopay': 'hang' } })} at="/autopay" />,
}

export const ReceiptAsked: Story = {
  name: 'Чек придёт',
  render: () => <Standing changes={{ state: 'confirmed', confirmed_at: ago(1), receipt: RECEIPT }} />,
}

export const ReceiptSent: Story = {
  name: 'Чек пробит',
  render: () => (
    <Standing
      changes={{
        state: 'posted',
        confirmed_at: ago(1),
        posted_at: ago(0),
        receipt: { ...RECEIPT, state: 'registered', number: '38211', drive: '9999078900004312', sign: '1234567890', registered_at: ago(0) },
      }}
    />
  ),
}

export const ReceiptFailed: Story = {
  name: 'Чек задержался',
  render: () => <Standing changes={{ state: 'confirmed', confirmed_at: ago(1), receipt: { ...RECEIPT, state: 'failed' } }} />,
}

export const Debt: Story = { name: 'Долг предложен', render: () => <Stage twin={form()} at="/pay" /> }

export const Ahead: Story = { name: 'Вперёд', render: () => <Stage twin={form({ person: allPaid() })} at="/pay" /> }

export const Several: Story = {
  name: 'Несколько счетов',
  render: () => <Stage twin={form({ person: twoAccounts() })} at="/pay" />,
  play: () => write(`pay.amount.${COTTAGE.slice(-4)}`, '500'),
}

export const WithFee: Story = { name: 'С комиссией', render: () => <Stage twin={form()} at="/pay" />, play: () => press('pay.way.wallet') }

export const Empty: Story = {
  name: 'Сумма не написана',
  render: () => <Stage twin={form({ person: allPaid() })} at="/pay" />,
  play: () => press('pay.submit'),
}

export const Unreadable: Story = {
  name: 'Сумма не читается',
  render: () => <Stage twin={form({ person: allPaid() })} at="/pay" />,
  play: () => write('pay.amount.4567', 'сто{Enter}'),
}

export const Beyond: Story = {
  name: 'Больше, чем берёт способ',
  render: () => <Stage twin={form({ person: allPaid() })} at="/pay" />,
  play: () => write('pay.amount.4567', '20000'),
}

export const Refused: Story = {
  name: 'Сумму не приняли',
  render: () => (
    <Stage twin={form({ troubles: { 'POST /api/payments': { status: 422, code: 'wrong-amount', least: 200_000, most: 900_000 } } })} at="/pay" />
  ),
  play: () => press('pay.submit'),
}

export const WayGone: Story = {
  name: 'Способа больше нет',
  render: () => <Stage twin={form({ troubles: { 'POST /api/payments': { status: 422, code: 'unknown-method' } } })} at="/pay" />,
  play: () => press('pay.submit'),
}

export const TooOften: Story = {
  name: 'Слишком часто',
  render: () => (
    <Stage twin={form({ troubles: { 'POST /api/payments': { status: 429, code: 'too-many', retryAfterS: 40 } } })} at="/pay" />
  ),
  play: () => press('pay.submit'),
}

export const Away: Story = {
  name: 'Сервис не отвечает',
  render: () => <Stage twin={form({ troubles: { 'POST /api/payments': { status: 503, code: 'unavailable' } } })} at="/pay" />,
  play: () => press('pay.submit'),
}

export const Loading: Story = {
  name: 'Загрузка',
  render: () => <Stage twin={form({ troubles: { '/api/payments/methods': 'hang' } })} at="/pay" />,
}

export const NotLoaded: Story = {
  name: 'Способы не загрузились',
  render: () => <Stage twin={form({ troubles: { '/api/payments/methods': { status: 503, code: 'unavailable' } } })} at="/pay" />,
}

export const NoWays: Story = {
  name: 'Оплаты нет',
  render: () => {
    const twin = form()
    twin.payments.methods = []
    return <Stage twin={twin} at="/pay" />
  },
}

export const NoAccounts: Story = { name: 'Нет счетов', render: () => <Stage twin={form({ person: withoutAccounts() })} at="/pay" /> }

export const Edge: Story = { name: 'Всё на пределе', render: () => <Stage twin={form({ person: atTheEdge() })} at="/pay" /> }

export const Hidden: Story = { name: 'Суммы скрыты', render: () => <Stage twin={form()} at="/pay" view={{ hidden: true }} /> }

export const English: Story = { name: 'По-английски', render: () => <Stage twin={form()} at="/pay" view={{ language: 'en' }} /> }

export const Large: Story = { name: 'Крупный текст', render: () => <Stage twin={form()} at="/pay" view={{ text: 'large' }} /> }

export const Leaving: Story = { name: 'Уходим на страницу', render: () => <Stage twin={form()} at="/pay" />, play: () => press('pay.submit') }

export const Preparing: Story = { name: 'Готовим страницу', render: () => <Standing go={null} changes={{ accepted_at: ago(0) }} /> }

export const PreparingLong: Story = { name: 'Готовим дольше обычного', render: () => <Standing go={null} changes={{}} /> }

export const Waiting: Story = { name: 'Ждём оплаты', render: () => <Standing changes={{}} /> }

export const Checking: Story = { name: 'C11 Проверяем оплату', render: () => <Standing back={1} changes={{}} /> }

export const CheckingLate: Story = {
  name: 'C11 Подтверждения пока нет',
  render: () => <Standing back={2} changes={{ receipt: RECEIPT }} />,
}

export const Posted: Story = {
  name: 'Форма платёжной системы',
  render: () => <Standing go={{ kind: 'form', url: 'https://pay.example/form', fields: [['sum', '1234.50']] }} changes={{}} />,
}

export const Code: Story = {
  name: 'Код для телефона',
  render: () => <Standing go={{ kind: 'symbol', payload: 'https://qr.nspk.ru/AS10003P3RH0LJ2A9ROO038L6NT5RU1M' }} changes={{ method: 'sbp' }} />,
  play: async () => {
    await whenThere('payment')
  },
}

export const Confirmed: Story = {
  name: 'Подтверждён',
  render: () => <Standing changes={{ state: 'confirmed', confirmed_at: ago(1) }} />,
}

export const InBooks: Story = {
  name: 'Записан на счёт',
  render: () => <Standing changes={{ state: 'posted', confirmed_at: ago(1), posted_at: ago(0) }} />,
}

export const SeveralShares: Story = {
  name: 'На несколько счетов',
  render: () => (
    <Standing
      changes={{
        state: 'confirmed',
        confirmed_at: ago(1),
        shares: [
          { account: HOME, amount: '1000.00', posted: true },
          { account: COTTAGE, amount: '234.50', posted: false },
        ],
      }}
    />
  ),
}

export const Declined: Story = {
  name: 'Не прошёл',
  render: () => <Standing changes={{ state: 'closed', ended: 'failed', reason: 'insufficient_funds' }} />,
}

export const Expired: Story = { name: 'Время вышло', render: () => <Standing changes={{ state: 'closed', ended: 'expired' }} /> }

export const Review: Story = { name: 'Проверяет сотрудник', render: () => <Standing changes={{ state: 'review' }} /> }

export const Refunded: Story = {
  name: 'Вернули часть',
  render: () => (
    <Standing
      changes={{
        state: 'posted', accepted_at: ago(4000), confirmed_at: ago(3999), posted_at: ago(3998), refunded: '34.50',
        returns: [
          { kind: 'refund', amount: '34.50', at: ago(60) },
          { kind: 'bank', amount: '100.00', at: ago(5) },
        ],
      }}
    />
  ),
}

export const RefundedWhole: Story = {
  name: 'Вернули всё',
  render: () => (
    <Standing
      changes={{
        state: 'posted', accepted_at: ago(4000), confirmed_at: ago(3999), posted_at: ago(3998), refunded: '1234.50',
        returns: [{ kind: 'refund', amount: '1234.50', at: ago(60) }],
      }}
    />
  ),
}

export const Moved: Story = {
  name: 'Перенесли на другой счёт',
  render: () => (
    <Standing
      changes={{
        state: 'posted', accepted_at: ago(4000), confirmed_at: ago(3999), posted_at: ago(3998),
        moves: [{ source: '019aa6f0-0000-7000-8000-000000004567', target: null, amount: '1234.50', at: ago(60) }],
      }}
    />
  ),
}

export const Missing: Story = {
  name: 'Такого платежа нет',
  render: () => <Stage twin={form()} at="/payments/019aa6f0-0000-7000-8000-00000000dead" />,
}

export const List: Story = {
  name: 'Список',
  render: () => {
    const twin = form()
    const times = { confirmed_at: ago(2900), posted_at: ago(2899) }
    twin.payments.put({ state: 'posted', accepted_at: ago(9000), ...times, amount: '12345678.90' })
    const back = twin.payments.put({ state: 'posted', accepted_at: ago(2901), ...times, method: 'sbp' })
    twin.payments.giveBack(back, '1234.50')
    const part = twin.payments.put({ state: 'posted', accepted_at: ago(2500), ...times })
    twin.payments.giveBack(part, '34.50')
    twin.payments.put({ state: 'closed', ended: 'failed', accepted_at: ago(1500), method: 'wallet' })
    twin.payments.put({ state: 'review', accepted_at: ago(300) })
    twin.payments.put({ state: 'confirmed', accepted_at: ago(4), confirmed_at: ago(2) })
    twin.payments.put({ accepted_at: ago(1) })
    return <Stage twin={twin} at="/payments" />
  },
}

export const ListEmpty: Story = { name: 'Список пуст', render: () => <Stage twin={form()} at="/payments" /> }

export const ListLoading: Story = {
  name: 'Список загружается',
  render: () => <Stage twin={form({ troubles: { '/api/payments': 'hang' } })} at="/payments" />,
}

import type { Meta, StoryObj } from '@storybook/react-vite'
import { userEvent } from 'storybook/test'
import type { View } from '../../kit/view/view-store.ts'
import type { Paper } from '../data/types.ts'
import { atTheEdge, closed, HOME, inDebt, NOW, withoutAccounts } from '../twin/people.ts'
import { Twin, type TwinOptions } from '../twin/twin.ts'
import { press, type as write, whenThere } from './hands.ts'
import { Stage } from './stage.tsx'

export default { title: 'C8 Документы' } satisfies Meta

type Story = StoryObj

const DAY_MS = 86_400_000
const ago = (days: number) => new Date(NOW - days * DAY_MS).toISOString()
const OCTOBER = { first: '2026-10-01', last: '2026-10-31' }

const ASK = `POST /api/accounts/${HOME}/documents`

const form = (options: Partial<TwinOptions> = {}) => new Twin({ person: inDebt(), ...options })

interface StandingProps {
  changes: Partial<Paper>
  change?: (twin: Twin) => void
  view?: Partial<View>
}

/** A document's own page, as far as `changes` say. */
function Standing({ changes, change, view = {} }: StandingProps) {
  const twin = form()
  change?.(twin)
  const paper = twin.papers.put(changes)
  return <Stage twin={twin} at={`/documents/${paper.id}`} view={view} />
}

export const List: Story = {
  name: 'Список',
  render: () => {
    const twin = form()
    twin.papers.put({ kind: 'bill', asked_at: ago(12) })
    twin.papers.put({ kind: 'reconciliation', ...OCTOBER, asked_at: ago(9) })
    twin.papers.put({ kind: 'statement', first: '2026-01-15', last: '2026-11-20', asked_at: ago(2), state: 'failed' })
    twin.papers.put({ amount: '1234.50', asked_at: ago(1) })
    twin.papers.put({ kind: 'statement', ...OCTOBER, state: 'asked' })
    return <Stage twin={twin} at="/documents" />
  },
}

export const None: Story = { name: 'Список пуст', render: () => <Stage twin={form()} at="/documents" /> }

export const Loading: Story = {
  name: 'Список загружается',
  render: () => <Stage twin={form({ troubles: { '/live/v1/overview': 'hang' } })} at="/documents" />,
}

export const Away: Story = {
  name: 'Не загрузились',
  render: () => <Stage twin={form({ troubles: { '/live/v1/overview': { status: 503, code: 'unavailable' } } })} at="/documents" />,
}

export const NoAccount: Story = { name: 'Счёта нет', render: () => <Stage twin={form({ person: withoutAccounts() })} at="/documents" /> }

export const Amount: Story = { name: 'Квитанция, сумма', render: () => <Stage twin={form()} at="/documents/new/slip" /> }

export const Unreadable: Story = {
  name: 'Сумма не читается',
  render: () => <Stage twin={form({ person: atTheEdge() })} at="/documents/new/slip" />,
  play: () => write('documents.amount', 'сто{Enter}'),
}

export const TooMuch: Story = {
  name: 'Слишком много',
  render: () => <Stage twin={form()} at="/documents/new/slip" />,
  play: () => write('documents.amount', '{Control>}a{/Control}{Backspace}10000001{Enter}'),
}

export const TooOften: Story = {
  name: 'Слишком часто',
  render: () => <Stage twin={form({ troubles: { [ASK]: { status: 429, code: 'throttled', retryAfterS: 45 } } })} at="/documents/new/slip" />,
  play: () => press('documents.ask'),
}

export const Closed: Story = { name: 'Счёт закрыт', render: () => <Stage twin={form({ person: closed() })} at="/documents/new/slip" /> }

export const Period: Story = { name: 'Выписка, период', render: () => <Stage twin={form()} at="/documents/new/statement" /> }

export const OwnDays: Story = {
  name: 'Свои даты',
  render: () => <Stage twin={form()} at="/documents/new/statement" />,
  play: async () => {
    await press('documents.period.own')
    await userEvent.clear(await whenThere('documents.first'))
    await write('documents.first', '2026-11-20')
    await press('documents.ask')
  },
}

export const Unavailable: Story = {
  name: 'Сервис не отвечает',
  render: () => <Stage twin={form({ troubles: { [ASK]: { status: 503, code: 'unavailable' } } })} at="/documents/new/reconciliation" />,
  play: () => press('documents.ask'),
}

const waits = (twin: Twin) => {
  twin.papers.looks = Infinity
}

export const Asked: Story = {
  name: 'Готовим',
  render: () => <Standing changes={{ kind: 'statement', ...OCTOBER, state: 'asked' }} change={waits} />,
}

export const Failed: Story = {
  name: 'Не получилась',
  render: () => <Standing changes={{ kind: 'statement', ...OCTOBER, state: 'failed', trouble: 'no-answer' }} />,
}

export const TooLarge: Story = {
  name: 'Операций слишком много',
  render: () => <Standing changes={{ kind: 'statement', ...OCTOBER, state: 'failed', trouble: 'period-too-large' }} />,
}

export const PayeeWrong: Story = {
  name: 'Получатель не прошёл проверку',
  render: () => <Standing changes={{ state: 'failed', trouble: 'payee-wrong' }} />,
}

export const Statement: Story = { name: 'Выписка готова', render: () => <Standing changes={{ kind: 'statement', ...OCTOBER }} /> }

export const Mailing: Story = {
  name: 'Ссылка на почту',
  render: () => <Standing changes={{ kind: 'statement', ...OCTOBER }} />,
  play: async () => {
    await press('document.letter')
    await write('document.letter.email', 'anna{Enter}')
  },
}

export const Mailed: Story = {
  name: 'Ссылка отправлена',
  render: () => <Standing changes={{ amount: '1234.50' }} />,
  play: async () => {
    await press('document.letter')
    await write('document.letter.email', 'anna@example.ru{Enter}')
  },
}

export const Slip: Story = { name: 'Квитанция', render: () => <Standing changes={{ amount: '1234.50' }} />, play: async () => {
    await whenThere('document.print')
  } }

export const TwoCodes: Story = {
  name: 'Квитанция с кодом СБП',
  render: () => (
    <Standing
      changes={{ amount: '1234.50' }}
      change={(twin) => {
        twin.papers.sbp = true
      }}
    />
  ),
}

export const Changed: Story = {
  name: 'Реквизиты изменились',
  render: () => (
    <Standing
      changes={{}}
      change={(twin) => {
        twin.papers.payees = 'changed'
      }}
    />
  ),
}

export const Outdated: Story = {
  name: 'Реквизиты устарели',
  render: () => (
    <Standing
      changes={{}}
      change={(twin) => {
        twin.papers.payees = 'outdated'
      }}
    />
  ),
}

export const HiddenSums: Story = { name: 'Суммы скрыты', render: () => <Standing changes={{}} view={{ hidden: true }} /> }

export const Act: Story = { name: 'Акт сверки', render: () => <Standing changes={{ kind: 'reconciliation', ...OCTOBER }} /> }

export const Objecting: Story = {
  name: 'Не согласен',
  render: () => <Standing changes={{ kind: 'reconciliation', ...OCTOBER }} />,
  play: () => press('document.disagree.2'),
}

export const Wordless: Story = {
  name: 'Не согласен, без слов',
  render: () => <Standing changes={{ kind: 'reconciliation', ...OCTOBER }} />,
  play: async () => {
    await press('document.disagree.2')
    await press('document.say.2')
  },
}

const NOTE = 'Эту услугу отключили 28 сентября, заявка № 118. За октябрь её быть не должно.'

export const Appealed: Story = {
  name: 'Обращения ждут',
  render: () => (
    <Standing
      changes={{ kind: 'reconciliation', ...OCTOBER }}
      change={(twin) => {
        twin.papers.appeal(1, { state: 'taken', note: NOTE, raised_at: ago(3), taken_at: ago(1) })
        twin.papers.appeal(2)
      }}
    />
  ),
}

export const Late: Story = {
  name: 'Обращение просрочено',
  render: () => (
    <Standing
      changes={{ kind: 'reconciliation', ...OCTOBER }}
      change={(twin) => {
        twin.papers.appeal(1, { state: 'taken', note: NOTE, raised_at: ago(12), taken_at: ago(11), is_late: true })
      }}
    />
  ),
}

const ANSWERED = {
  state: 'answered',
  note: NOTE,
  raised_at: ago(9),
  taken_at: ago(8),
  answer: 'Вы правы: услуга отключена 28 сентября, начислили её по ошибке.\nСняли 1\u00a0612,40\u00a0₽, это видно в операциях.',
  answered_at: ago(7),
} as const

export const Answered: Story = {
  name: 'Обращение отвечено',
  render: () => (
    <Standing
      changes={{ kind: 'reconciliation', ...OCTOBER }}
      change={(twin) => {
        twin.papers.appeal(1, ANSWERED)
      }}
    />
  ),
}

export const AnsweredEnglish: Story = {
  name: 'Обращение отвечено, по-английски',
  render: () => (
    <Standing
      changes={{ kind: 'reconciliation', ...OCTOBER }}
      change={(twin) => {
        twin.papers.appeal(1, ANSWERED)
        twin.papers.appeal(2, { state: 'taken', taken_at: ago(0) })
      }}
      view={{ language: 'en' }}
    />
  ),
}

export const Unknown: Story = { name: 'Нет такого', render: () => <Stage twin={form()} at="/documents/none" /> }

export const English: Story = {
  name: 'По-английски',
  render: () => <Standing changes={{ amount: '1234.50' }} view={{ language: 'en' }} />,
  play: async () => {
    await whenThere('document.print')
  },
}

import { addAmounts, negated } from '../../kit/money/amount.ts'
import { dayOf } from '../../kit/time/people-time.ts'
import type { AccountState, AccountStatus, Due, Month, Operation, OperationKind } from '../data/types.ts'

/** Invented people for stories, tests and the development server. All times hang on one moment that stands still. */
export const NOW = Date.parse('2026-11-22T09:04:30Z')

const DAY_MS = 86_400_000
const MINUTE_MS = 60_000

/** An account as its books know it: everything that ever happened, oldest first. */
export interface Book {
  account: string
  tail: string
  title: string
  currency: string
  status: AccountStatus
  due: Due | null
  as_of: string
  stale: boolean
  operations: Operation[]
}

export interface Person {
  name: string
  phone: string
  books: Book[]
}

type Entry = readonly [daysAgo: number, clock: string, kind: OperationKind, amount: string, text: string]

function at(daysAgo: number, clock: string): string {
  return new Date(`${dayOf(NOW - daysAgo * DAY_MS)}T${clock}:00+03:00`).toISOString()
}

/** Operations with their positions and running balance, from entries oldest first. */
function history(entries: readonly Entry[]): Operation[] {
  let balance = '0.00'
  return entries.map(([daysAgo, clock, kind, amount, text], index) => {
    balance = addAmounts(balance, amount)
    const position = index + 1
    const channel = kind === 'payment' ? 'card' : null
    return { position, key: `op-${String(position)}`, kind, channel, amount, balance, posted_at: at(daysAgo, clock), text }
  })
}

export function bookOf(account: string, entries: readonly Entry[], rest: Partial<Book> = {}): Book {
  return {
    account,
    tail: '4567',
    title: '',
    currency: 'RUB',
    status: 'active',
    due: null,
    as_of: new Date(NOW - MINUTE_MS / 2).toISOString(),
    stale: false,
    operations: history(entries),
    ...rest,
  }
}

export const HOME = '019aa6f0-0000-7000-8000-000000004567'
export const COTTAGE = '019aa6f0-0000-7000-8000-000000009921'

const MONTHLY = ['1740.00', '1885.50', '1822.10', '1698.00', '1410.75', '1244.20', '1102.00', '1020.40', '1048.00', '1156.30', '1394.00']

/** Days between a calendar day and the moment that stands still. */
function daysSince(day: string): number {
  return Math.round((Date.parse(dayOf(NOW)) - Date.parse(day)) / DAY_MS)
}

/** A year of bills on the first and payments on the twelfth, the way a household pays. */
function household(): Entry[] {
  return MONTHLY.flatMap((amount, index): Entry[] => {
    const month = new Date(Date.UTC(2025, 11 + index, 1)).toISOString().slice(0, 7)
    return [
      [daysSince(`${month}-01`), '06:10', 'charge', amount, 'Водоснабжение и отопление'],
      [daysSince(`${month}-12`), '19:42', 'payment', negated(amount), 'Оплата картой через сайт'],
    ]
  })
}

const RECENT: readonly Entry[] = [
  [21, '06:10', 'charge', '1612.40', 'Водоснабжение и отопление за октябрь'],
  [9, '20:15', 'payment', '-1000.00', 'Оплата картой через сайт'],
  [5, '11:30', 'correction', '-112.40', 'Перерасчёт за отключение воды 3–5 октября'],
  [2, '09:02', 'charge', '350.00', 'Поверка счётчика'],
  [1, '18:47', 'payment', '-350.00', 'Оплата по квитанции'],
  [0, '11:51', 'charge', '734.50', 'Электроэнергия'],
]

const OLGA = { name: 'Ольга Сергеевна Ветрова', phone: '··· 45-67' }

export function inDebt(): Person {
  const home = bookOf(HOME, [...household(), ...RECENT], { due: { amount: '1234.50', on: '2026-11-25' } })
  return { ...OLGA, books: [home] }
}

export function overdue(): Person {
  const [home] = inDebt().books
  return { ...OLGA, books: home ? [{ ...home, due: { amount: '1234.50', on: '2026-11-10' } }] : [] }
}

export function inCredit(): Person {
  return { ...OLGA, books: [bookOf(HOME, [...household(), [3, '14:20', 'payment', '-500.00', 'Оплата картой через сайт']])] }
}

export function allPaid(): Person {
  return { ...OLGA, books: [bookOf(HOME, household())] }
}

export function twoAccounts(): Person {
  const [home] = inDebt().books
  const cottage = bookOf(
    COTTAGE,
    [
      [40, '06:10', 'charge', '820.00', 'Электроэнергия'],
      [28, '12:00', 'payment', '-1020.00', 'Оплата картой через сайт'],
    ],
    { tail: '9921', title: 'Дача' },
  )
  return { ...OLGA, books: [{ ...(home ?? cottage), title: 'Квартира' }, cottage] }
}

export function brandNew(): Person {
  return { ...OLGA, books: [bookOf(HOME, [])] }
}

export function withoutAccounts(): Person {
  return { ...OLGA, books: [] }
}

export function blocked(): Person {
  const [home] = inDebt().books
  return { ...OLGA, books: home ? [{ ...home, status: 'blocked' }] : [] }
}

export function closed(): Person {
  const [home] = allPaid().books
  return { ...OLGA, books: home ? [{ ...home, status: 'closed' }] : [] }
}

export function withStaleFigures(): Person {
  const [home] = inDebt().books
  return { ...OLGA, books: home ? [{ ...home, stale: true, as_of: at(1, '19:54') }] : [] }
}

/** Everything at its longest: the surname, the texts, the sums. */
export function atTheEdge(): Person {
  const [home] = inDebt().books
  const edge: Entry[] = [
    [0, '11:55', 'charge', '12345678.90', 'Возмещение за повреждение магистрального трубопровода по решению суда от 14 октября'],
    [0, '12:01', 'payment', '-23580123.39', 'Перевод от Общества с ограниченной ответственностью «Северо-Западная тепловая компания»'],
  ]
  return {
    name: 'Константинопольская-Преображенская-Вознесенская Ариадна',
    phone: OLGA.phone,
    books: home ? [bookOf(HOME, [...household(), ...RECENT, ...edge])] : [],
  }
}

/** More than one page of history. */
export function longHistory(): Person {
  const entries = Array.from({ length: 130 }, (_, index): Entry => {
    const daysAgo = 390 - index * 3
    return index % 2 === 0
      ? [daysAgo, '06:10', 'charge', '310.00', 'Электроэнергия']
      : [daysAgo, '19:42', 'payment', '-310.00', 'Оплата картой через сайт']
  })
  return { ...OLGA, books: [bookOf(HOME, entries)] }
}

const LATEST = 20

export function stateOf(book: Book): AccountState {
  const { operations, ...line } = book
  const last = operations.at(-1)
  return {
    ...line,
    balance: last?.balance ?? '0.00',
    position: last?.position ?? 0,
    operations: operations.slice(-LATEST).reverse(),
  }
}

/** Twelve months up to now, counted by the server's rule: payments and refunds on one side, the rest on the other. */
export function yearOf(book: Book, now: number): Month[] {
  const [year = 0, month = 0] = dayOf(now).split('-').map(Number)
  return Array.from({ length: 12 }, (_, index) => {
    const first = new Date(Date.UTC(year, month - 12 + index, 1))
    const name = first.toISOString().slice(0, 7)
    const sum = (paid: boolean) =>
      book.operations
        .filter((each) => dayOf(each.posted_at).startsWith(name))
        .filter((each) => ['payment', 'refund'].includes(each.kind) === paid)
        .reduce((total, each) => addAmounts(total, paid ? negated(each.amount) : each.amount), '0.00')
    return { month: name, charged: sum(false), paid: sum(true) }
  })
}

import type { ActContract, Appeal, LetterSent, Paper, PaperWish, Slip } from '../data/types.ts'
import { HOME } from './people.ts'

type Answer = readonly [status: number, body: unknown]

const MONTH_MS = 30 * 86_400_000
const WORDS_CHARS_MAX = 2000
/** An appeal is answered within ten days. */
const TERM_MS = 10 * 86_400_000
const FIRST_NUMBER = 1001
export const SLIP_ROUBLES_MAX = 10_000_000

/** A symbol as the host draws them: a path of modules, its silence included. */
function symbolOf(side = 73): Slip['symbol'] {
  const cells: string[] = []
  for (let y = 4; y < side - 4; y += 1) {
    for (let x = 4; x < side - 4; x += 1) {
      if ((x * x * 7 + y * y * 13 + x * y * 5 + x * 3) % 11 < 5) cells.push(`M${String(x)} ${String(y)}h1v1h-1z`)
    }
  }
  return { side, path: cells.join('') }
}

export const LINES: Slip['lines'] = {
  payee: 'ООО «Пример»',
  inn: '0000123450',
  kpp: '000001001',
  account: '40702810600000000001',
  bank: 'АО «Банк для примера»',
  bic: '040200999',
  correspondent_account: '30101810500000000999',
  purpose: 'Оплата услуг. НДС не облагается',
  number: '4400 1234 5600 4567',
  name: 'Ветрова Ольга Сергеевна',
  address: '190000, Примерск, ул. Садовая, д. 5, кв. 12',
  period: '',
  roubles: '1\u00a0234',
  kopecks: '50',
}

export const ACT: ActContract[] = [
  {
    contract: '17-204',
    conclusion: 'На 31\u00a0октября 2026 задолженность в пользу ООО «Пример» 612,40\u00a0₽ (Шестьсот двенадцать рублей 40 копеек).',
    rows: [
      { line: 1, day: '01.10.2026', document: 'Счёт № 2026-10/001 за октябрь', debit: '1\u00a0612,40', credit: '' },
      { line: 2, day: '13.10.2026', document: 'Оплата картой через сайт', debit: '', credit: '1\u00a0000,00' },
    ],
  },
]

/** What the portal host says of documents, as far as the test has let the inside answer. */
export class PapersTwin {
  readonly all: Paper[] = []
  readonly appeals: Appeal[] = []
  lines: Slip['lines'] = LINES
  payees: Slip['payees'] = 'same'
  /** Whether the payee has a static link of the faster payments system. */
  sbp = false
  act: ActContract[] = ACT
  /** Looks that a document takes to be there; Infinity: the inside does not answer. */
  looks = 1
  readonly #now: () => number

  constructor(now: () => number) {
    this.#now = now
  }

  put(changes: Partial<Paper> = {}): Paper {
    const paper: Paper = {
      id: `019aa6f0-0000-7000-8000-0000000000${String(this.all.length + 51)}`,
      account_id: HOME,
      kind: 'slip',
      state: 'ready',
      trouble: null,
      first: null,
      last: null,
      amount: null,
      asked_at: this.#time(),
      ready_at: null,
      expires_at: new Date(this.#now() + MONTH_MS).toISOString(),
      can_mail: true,
      ...changes,
    }
    this.all.push(paper)
    return paper
  }

  answer(method: string, path: string, body: Record<string, unknown>): Answer {
    const [, , room, id = '', part] = path.split('/')
    if (room === 'accounts') {
      if (method === 'POST') return this.#ask(id, body as unknown as PaperWish)
      return [200, this.all.filter((paper) => paper.account_id === id).toReversed()]
    }
    const paper = this.all.find((each) => each.id === id)
    if (!paper) return [404, { code: 'not-found' }]
    switch (part) {
      case 'slip':
        return [
          200,
          {
            lines: this.lines,
            symbol: symbolOf(),
            sbp: this.sbp ? symbolOf(49) : null,
            as_of: this.#time(),
            payees: this.payees,
          } satisfies Slip,
        ]
      case 'letter':
        return this.#mail(String(body['email']))
      case 'lines':
        return [200, this.act]
      case 'appeals':
        return method === 'POST' ? this.#appeal(Number(body['line']), String(body['note'])) : [200, this.appeals]
      default:
        this.looks -= 1
        if (paper.state === 'asked' && this.looks < 0) Object.assign(paper, { state: 'ready', ready_at: this.#time() })
        return [200, paper]
    }
  }

  #ask(account: string, wish: PaperWish): Answer {
    if (wish.amount && Number(wish.amount) > SLIP_ROUBLES_MAX) return [422, { code: 'amount-wrong' }]
    const { kind, first = null, last = null, amount = null } = wish
    return [202, { id: this.put({ account_id: account, kind, first, last, amount, state: 'asked' }).id }]
  }

  /** What the server takes for an address is narrower than what the page does. */
  #mail(email: string): Answer {
    const found = /^([\w.+-])[\w.+-]*@([\w-]+(?:\.[\w-]+)+)$/u.exec(email)
    if (!found) return [422, { code: 'wrong-address' }]
    return [202, { to: `${found[1] ?? ''}…@${found[2] ?? ''}` } satisfies LetterSent]
  }

  /** As if the customer had raised it: new, unless `changes` say more. */
  appeal(line: number, changes: Partial<Appeal> = {}): Appeal {
    const fresh = { state: 'new', note: 'Платил дважды', taken_at: null, answer: null, answered_at: null } as const
    const raised = changes.raised_at ?? this.#time()
    const answer_by = new Date(Date.parse(raised) + TERM_MS).toISOString().slice(0, 10)
    const term = { number: FIRST_NUMBER + this.appeals.length, answer_by, is_late: false }
    const appeal: Appeal = { line, raised_at: raised, ...term, ...fresh, ...changes }
    this.appeals.push(appeal)
    return appeal
  }

  #appeal(line: number, note: string): Answer {
    if (this.appeals.some((one) => one.line === line)) return [409, { code: 'already-said' }]
    if (note === '' || note.length > WORDS_CHARS_MAX) return [422, { code: 'words-wrong' }]
    this.appeal(line, { note })
    return [201, { id: '019aa6f0-0000-7000-8000-000000000099' }]
  }

  #time(): string {
    return new Date(this.#now()).toISOString()
  }
}

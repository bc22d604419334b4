import { addAmounts, negated } from '../../../kit/money/amount.ts'
import { dayOf } from '../../../kit/time/people-time.ts'
import type { AccountFrame, AccountLine, AccountState, Frame, Operation, OperationsFilter, Overview, Year } from '../types.ts'

/** How a frame changes what the page already holds. Pure: cached answer + frame -> cached answer. */

type Ages = Extract<Frame, { type: 'age' }>['accounts']

/** Latest operations kept under the overview, as many as the server sends at first. */
const LATEST_MAX = 20

function withFigures<Line extends AccountLine>(line: Line, frame: AccountFrame): Line {
  const { balance, status, as_of, stale } = frame
  return { ...line, balance, status, as_of, stale }
}

function withOperations(account: AccountState, frame: AccountFrame): AccountState {
  const fresh = frame.operations.filter((operation) => operation.position > account.position).reverse()
  return {
    ...withFigures(account, frame),
    due: frame.due,
    position: Math.max(account.position, frame.position),
    operations: [...fresh, ...account.operations].slice(0, LATEST_MAX),
  }
}

/** Operations of the frame that the page has not seen yet, oldest first. */
export function unseen(frame: AccountFrame, position: number): Operation[] {
  return frame.operations.filter((operation) => operation.position > position)
}

/** Whether the frame leaves out something between what is shown and itself: then the page must ask once. */
export function leavesGap(frame: AccountFrame, position: number): boolean {
  const first = unseen(frame, position)[0]
  return first === undefined ? frame.position > position : first.position > position + 1
}

/** A frame that is older than what is shown changes nothing. */
export function overviewAfter(overview: Overview, frame: AccountFrame): Overview {
  const shown = overview.account
  const isShown = shown?.account === frame.account
  if (isShown && frame.position < shown.position) return overview
  return {
    accounts: overview.accounts.map((line) => (line.account === frame.account ? withFigures(line, frame) : line)),
    account: isShown ? withOperations(shown, frame) : shown,
  }
}

export function overviewAged(overview: Overview, ages: Ages): Overview {
  const aged = <Line extends AccountLine>(line: Line): Line => {
    const age = ages.find((each) => each.account === line.account)
    return age ? { ...line, as_of: age.as_of, stale: age.stale } : line
  }
  return { accounts: overview.accounts.map(aged), account: overview.account && aged(overview.account) }
}

// The server counts by the same rule: payments and refunds are money that moved, all else is what was charged.
const PAID_KINDS: ReadonlySet<string> = new Set(['payment', 'refund'])

/** The year after these operations: charged less paid is what a month added to the balance. */
export function yearAfter(year: Year, operations: readonly Operation[]): Year {
  const months = year.months.map((month) => ({ ...month }))
  for (const operation of operations) {
    const month = months.find((each) => each.month === dayOf(operation.posted_at).slice(0, 7))
    if (!month) continue
    if (PAID_KINDS.has(operation.kind)) month.paid = addAmounts(month.paid, negated(operation.amount))
    else month.charged = addAmounts(month.charged, operation.amount)
  }
  return { months }
}

export function matches(operation: Operation, filter: OperationsFilter): boolean {
  const day = dayOf(operation.posted_at)
  return (
    (filter.kind === undefined || operation.kind === filter.kind) &&
    (filter.from === undefined || day >= filter.from) &&
    (filter.to === undefined || day <= filter.to)
  )
}

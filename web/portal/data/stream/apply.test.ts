import { describe, expect, test } from 'vitest'
import { bookOf, HOME, inDebt, stateOf, twoAccounts } from '../../twin/people.ts'
import type { AccountFrame, Operation, Overview, Year } from '../types.ts'
import { leavesGap, matches, overviewAfter, overviewAged, unseen, yearAfter } from './apply.ts'

const [home = bookOf(HOME, [])] = inDebt().books
const shown = stateOf(home)
const overview: Overview = { accounts: twoAccounts().books.map(stateOf), account: shown }

function operation(position: number, rest: Partial<Operation> = {}): Operation {
  const posted_at = '2026-11-22T09:04:00Z'
  return { position, key: `k${String(position)}`, kind: 'charge', channel: null, amount: '10.00', balance: '0.00', posted_at, text: '', ...rest }
}

function frame(positions: number[], rest: Partial<AccountFrame> = {}): AccountFrame {
  const position = positions.at(-1) ?? shown.position
  return {
    type: 'account', id: `${HOME}:${String(position)}`, account: HOME, position, balance: '99.00', due: null, status: 'active',
    as_of: '2026-11-22T09:05:00Z', stale: false, operations: positions.map((each) => operation(each)), more: false, ...rest,
  }
}

const at = shown.position

describe('an account frame', () => {
  test('moves the figures and puts new operations on top, newest first', () => {
    const after = overviewAfter(overview, frame([at + 1, at + 2]))
    expect(after.account).toMatchObject({ balance: '99.00', position: at + 2, due: null })
    expect(after.account?.operations.slice(0, 3).map((each) => each.position)).toEqual([at + 2, at + 1, at])
    expect(after.account?.operations).toHaveLength(20)
    expect(after.accounts[0]?.balance).toBe('99.00')
    expect(after.accounts[1]).toEqual(overview.accounts[1])
  })

  test('that comes twice shows nothing twice', () => {
    const once = overviewAfter(overview, frame([at + 1]))
    expect(overviewAfter(once, frame([at + 1]))).toEqual(once)
  })

  test('that is older than what is shown changes nothing', () => {
    expect(overviewAfter(overview, frame([at - 1]))).toBe(overview)
  })

  test('of another account leaves the one in sight alone', () => {
    const other = overview.accounts[1]?.account ?? ''
    const after = overviewAfter(overview, frame([5], { account: other }))
    expect(after.account).toBe(overview.account)
    expect(after.accounts[1]?.balance).toBe('99.00')
  })

  test('without operations may still bring a state, a status, a due day', () => {
    const after = overviewAfter(overview, frame([], { status: 'blocked', due: { amount: '1.00', on: null } }))
    expect(after.account).toMatchObject({ status: 'blocked', due: { amount: '1.00', on: null }, position: at })
  })
})

test('a gap is known by the first operation that does not follow', () => {
  expect(leavesGap(frame([at + 1]), at)).toBe(false)
  expect(leavesGap(frame([at, at + 1]), at)).toBe(false)
  expect(leavesGap(frame([at + 2]), at)).toBe(true)
  expect(leavesGap(frame([]), at)).toBe(false)
  expect(leavesGap(frame([], { position: at + 1 }), at)).toBe(true)
  expect(unseen(frame([at, at + 1]), at).map((each) => each.position)).toEqual([at + 1])
})

test('an age touches the accounts it names', () => {
  const after = overviewAged(overview, [{ account: HOME, as_of: '2026-11-22T10:00:00Z', stale: true }])
  expect(after.account).toMatchObject({ as_of: '2026-11-22T10:00:00Z', stale: true, balance: shown.balance })
  expect(after.accounts.map((line) => line.stale)).toEqual([true, false])
  expect(overviewAged({ accounts: [], account: null }, []).account).toBeNull()
})

test('the year counts as the server does: payments and refunds on one side, all else on the other', () => {
  const year: Year = { months: [{ month: '2026-10', charged: '0.00', paid: '0.00' }, { month: '2026-11', charged: '100.00', paid: '50.00' }] }
  const after = yearAfter(year, [
    operation(1, { kind: 'charge', amount: '10.00' }),
    operation(2, { kind: 'correction', amount: '-4.50' }),
    operation(3, { kind: 'payment', amount: '-30.00' }),
    operation(4, { kind: 'refund', amount: '5.00' }),
    operation(5, { kind: 'charge', amount: '7.00', posted_at: '2025-01-01T00:00:00Z' }),
    operation(6, { kind: 'charge', amount: '1.00', posted_at: '2026-10-31T21:00:00Z' }),
  ])
  expect(after.months).toEqual([
    { month: '2026-10', charged: '0.00', paid: '0.00' },
    { month: '2026-11', charged: '106.50', paid: '75.00' },
  ])
  expect(year.months[1]?.charged).toBe('100.00')
})

test('a filter takes days of the contract\'s calendar, both included', () => {
  const late = operation(1, { posted_at: '2026-11-22T20:59:00Z' })
  expect(matches(late, { from: '2026-11-22', to: '2026-11-22' })).toBe(true)
  expect(matches(late, { from: '2026-11-23' })).toBe(false)
  expect(matches(late, { to: '2026-11-21' })).toBe(false)
  expect(matches(late, { kind: 'payment' })).toBe(false)
  expect(matches(late, {})).toBe(true)
})

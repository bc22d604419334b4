import { act, screen, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { here, isHere, openApp, reads, textOf, there } from '../testing/open-app.tsx'
import { allPaid, blocked, brandNew, COTTAGE, HOME, inCredit, inDebt, NOW, twoAccounts, withoutAccounts, withStaleFigures } from '../twin/people.ts'
import type { Person } from '../twin/people.ts'
import { Twin } from '../twin/twin.ts'

const state = async () => textOf(await there('overview.state'))
const reading = (twin: Twin, path: string) => twin.calls.filter((call) => call.path.startsWith(path))

afterEach(() => {
  vi.restoreAllMocks()
})

describe('the state of the account', () => {
  test('is a word, a figure, its age and when it is due', async () => {
    openApp(new Twin({ person: inDebt() }))
    expect(await state()).toMatch(/Лицевой счёт ··· 4567.*К оплате на 12:04.*1 234,50 ₽.*до 25 ноября/u)
  })

  test.each<[string, Person, RegExp]>([
    ['a credit', inCredit(), /Переплата на 12:04\s*500,00 ₽/u],
    ['nothing', allPaid(), /Всё оплачено на 12:04\s*0,00 ₽/u],
    ['an account on hold', blocked(), /Счёт приостановлен/u],
    ['old figures', withStaleFigures(), /на вчера, 19:54.*Связь с учётной системой восстанавливается/u],
  ])('speaks of %s', async (_name, person, words) => {
    openApp(new Twin({ person }))
    expect(await state()).toMatch(words)
  })

  test('says what part of it is due when it is not all', async () => {
    const person = inDebt()
    if (person.books[0]) person.books[0].due = { amount: '1000.00', on: '2026-11-25' }
    openApp(new Twin({ person }))
    await there('overview.state')
    await reads('из них')
    expect(await state()).toContain('1 000,00 ₽')
  })

  test('says when the day has passed, without blame', async () => {
    const person = inDebt()
    if (person.books[0]) person.books[0].due = { amount: '1234.50', on: '2026-11-21' }
    openApp(new Twin({ person }))
    expect(await state()).toContain('срок был 21 ноября')
  })

  test('names no day when the books name none, and says when the account is closed', async () => {
    const person = inDebt()
    if (person.books[0]) Object.assign(person.books[0], { due: { amount: '1.00', on: null }, status: 'closed' })
    openApp(new Twin({ person }))
    expect(await state()).not.toContain('до ')
    await reads('Счёт закрыт')
  })
})

test('a new operation comes in by itself, moves the state, the year and the list, and asks the server for nothing', async () => {
  const twin = new Twin({ person: inDebt() })
  openApp(twin)
  await there('overview.year.table')
  await waitFor(() => {
    expect(twin.opened).toHaveLength(1)
  })
  const before = twin.calls.length
  act(() => {
    twin.post({ kind: 'payment', amount: '-1234.50', text: 'Оплата картой через сайт' })
  })
  await reads('Всё оплачено')
  const first = document.querySelector('[data-guide="operation.row"]')
  expect(first?.getAttribute('data-fresh')).toBe('true')
  expect(first?.textContent).toContain('сегодня в 12:04')
  expect(textOf(here('overview.year'))).toContain('18 105,75')
  expect(here('overview.state').querySelector('[aria-hidden=true]')).not.toBeNull()
  expect(twin.calls).toHaveLength(before)
})

test('an age that comes over the stream is shown, and old figures say that they are old', async () => {
  const twin = new Twin({ person: twoAccounts() })
  openApp(twin)
  await there('overview.state')
  await waitFor(() => {
    expect(twin.opened).toHaveLength(1)
  })
  act(() => {
    twin.send({ type: 'age', accounts: [{ account: HOME, as_of: '2026-11-22T09:03:00Z', stale: true }] })
  })
  await reads('Связь с учётной системой восстанавливается')
  expect(await state()).toContain('на 12:03')
})

describe('two accounts', () => {
  test('stand side by side with their balances; the address says which is shown', async () => {
    const { address } = openApp(new Twin({ person: twoAccounts() }))
    const choice = await there('overview.accounts')
    expect(textOf(choice)).toMatch(/Квартира.*1 234,50 ₽.*··· 4567к оплате.*Дача.*200,00 ₽.*··· 9921переплата/u)
    await userEvent.click(screen.getByText('Дача'))
    await waitFor(async () => {
      expect(await state()).toContain('··· 9921')
    })
    expect(address()).toBe(`/?account=${COTTAGE}`)
    expect(here('nav.operations').getAttribute('href')).toBe(`/operations?account=${COTTAGE}`)
  })

  test('an operation on the one that is not shown moves its balance and nothing else', async () => {
    const twin = new Twin({ person: twoAccounts() })
    openApp(twin)
    await there('overview.accounts')
    await waitFor(() => {
      expect(twin.opened).toHaveLength(1)
    })
    act(() => {
      twin.post({ kind: 'charge', amount: '200.00', text: 'Электроэнергия' }, 1)
    })
    await reads('всё оплачено')
    expect(await state()).toContain('1 234,50')
  })
})

describe('somebody new', () => {
  test('is invited, not shown an empty table', async () => {
    openApp(new Twin({ person: brandNew() }))
    await there('overview.latest.empty')
    await reads('Здесь появятся начисления и оплаты')
    await reads('После первого начисления')
  })

  test('sees the first operation come in', async () => {
    const twin = new Twin({ person: brandNew() })
    openApp(twin)
    await there('overview.latest.empty')
    await waitFor(() => {
      expect(twin.opened).toHaveLength(1)
    })
    act(() => {
      twin.post({ kind: 'charge', amount: '310.00', text: 'Электроэнергия' })
    })
    await there('overview.latest')
    await there('overview.year.table')
  })

  test('without an account is told how to come by one', async () => {
    openApp(new Twin({ person: withoutAccounts() }))
    await reads('Счёта в кабинете пока нет')
  })
})

describe('what fails', () => {
  test('fails alone: the year\'s retry asks for the year again and for nothing else', async () => {
    const twin = new Twin({ person: inDebt(), troubles: { '/live/v1/year': { status: 500, code: 'internal' } } })
    openApp(twin)
    await reads('Год по месяцам не загрузился')
    expect(await state()).toContain('1 234,50')
    const before = twin.calls.length
    twin.troubles.clear()
    await userEvent.click(here('overview.year.retry'))
    await there('overview.year.table')
    expect(twin.calls.slice(before).map((call) => call.path.split('?')[0])).toEqual(['/live/v1/year'])
  })

  test('carries a code that can be copied', async () => {
    const user = userEvent.setup()
    openApp(new Twin({ person: inDebt(), troubles: { '/live/v1/overview': { status: 503, code: 'unavailable' } } }))
    await user.click(await there('overview.fault.code'))
    await reads('Скопировано')
    expect(await navigator.clipboard.readText()).toBe('503 · unavailable · 019aa6f0-7c11')
  })

  test('comes back upon retry', async () => {
    const twin = new Twin({ person: inDebt(), troubles: { '/live/v1/overview': { status: 429, code: 'throttled' } } })
    openApp(twin)
    await reads('Слишком много запросов подряд')
    twin.troubles.clear()
    await userEvent.click(here('overview.fault.retry'))
    await there('overview.state')
  })

  test('for an account that is not theirs leads home', async () => {
    openApp(new Twin({ person: inDebt() }), '/?account=019aa6f0-0000-7000-8000-00000000dead')
    await reads('Такого счёта здесь нет')
    await userEvent.click(here('overview.fault.overview'))
    await there('overview.state')
  })
})

test('hidden amounts leave no sum on the page, and come back', async () => {
  const { container } = openApp(new Twin({ person: twoAccounts() }))
  await userEvent.click(await there('overview.hide-amounts'))
  await there('overview.year.table')
  expect(container.textContent.replaceAll('\u00a0', ' ')).not.toMatch(/₽|\d,\d\d/u)
  await userEvent.click(here('overview.hide-amounts'))
  expect(await state()).toContain('1 234,50 ₽')
})

test('the skeleton stands until the first answer', async () => {
  openApp(new Twin({ person: inDebt(), troubles: { '/live/v1/overview': 'hang' } }))
  await there('overview.state.loading')
  expect(isHere('overview.latest.loading')).toBe(true)
  expect(document.querySelectorAll('[data-bone]').length).toBeGreaterThan(10)
})

test('a session that has ended elsewhere leads to the way in and leaves nothing of the person', async () => {
  const twin = new Twin({ person: inDebt() })
  const { client } = openApp(twin)
  await there('overview.year.table')
  await waitFor(() => {
    expect(twin.opened).toHaveLength(1)
  })
  twin.state = 'closed'
  act(() => {
    twin.send({ type: 'bye', reason: 'session-ended' })
  })
  await there('screen.login')
  expect(client.getQueryCache().getAll().map((query) => query.queryKey[0])).toEqual(['session'])
})

test('a session that goes on under a new token gets a new line, and the person stays', async () => {
  const twin = new Twin({ person: inDebt() })
  openApp(twin)
  await there('overview.year.table')
  await waitFor(() => {
    expect(twin.opened).toHaveLength(1)
  })
  act(() => {
    twin.send({ type: 'bye', reason: 'session-ended' })
  })
  await waitFor(() => {
    expect(twin.opened).toHaveLength(2)
  })
  expect(isHere('screen.login')).toBe(false)
  expect(isHere('overview.year.table')).toBe(true)
})

test('a session that nobody can be asked about is over', async () => {
  const twin = new Twin({ person: inDebt() })
  openApp(twin)
  await there('overview.year.table')
  await waitFor(() => {
    expect(twin.opened).toHaveLength(1)
  })
  twin.troubles.set('GET /api/session', 'down')
  act(() => {
    twin.send({ type: 'bye', reason: 'session-ended' })
  })
  await there('screen.login')
})

test('an answer without a session does the same', async () => {
  const twin = new Twin({ person: inDebt(), troubles: { '/live/v1/overview': { status: 401, code: 'no-session' } } })
  openApp(twin)
  await there('screen.login')
})

test('a frame that leaves out operations makes the page ask once', async () => {
  const twin = new Twin({ person: inDebt() })
  openApp(twin)
  await there('overview.year.table')
  await waitFor(() => {
    expect(twin.opened).toHaveLength(1)
  })
  const [book] = twin.person.books
  const last = book?.operations.at(-1)
  if (!book || !last) throw new Error('no operations')
  const missed = { ...last, position: last.position + 1, key: 'missed', amount: '100.00', balance: '1334.50', text: 'Пропущенная' }
  const next = { ...last, position: last.position + 2, key: 'next', amount: '1.00', balance: '1335.50', text: 'Следующая' }
  book.operations.push(missed, next)
  const before = reading(twin, '/live/v1/overview').length
  act(() => {
    twin.send({
      type: 'account', id: `${HOME}:${String(next.position)}`, account: HOME, position: next.position, balance: '1335.50', due: null,
      status: 'active', as_of: new Date(NOW).toISOString(), stale: false, operations: [next], more: false,
    })
  })
  await reads('Пропущенная')
  expect(reading(twin, '/live/v1/overview')).toHaveLength(before + 1)
})

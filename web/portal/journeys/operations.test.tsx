import { act, fireEvent, screen, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { describe, expect, test } from 'vitest'
import { here, isHere, openApp, reads, textOf, there } from '../testing/open-app.tsx'
import { brandNew, inDebt, longHistory, NOW, withoutAccounts } from '../twin/people.ts'
import { Twin } from '../twin/twin.ts'

const rows = () => document.querySelectorAll('[data-guide="operation.row"]')
const asked = (twin: Twin) => twin.calls.filter((call) => call.path.startsWith('/live/v1/operations'))

async function choose(guide: string) {
  await userEvent.click(await there(guide))
}

test('operations stand by days, newest first, with what stood on the account after each', async () => {
  openApp(new Twin({ person: inDebt() }), '/operations')
  await reads('Это все операции')
  expect(textOf(here('operations.filter'))).toMatch(/Операции.*Лицевой счёт ··· 4567 на 12:04/u)
  const list = textOf(here('operations.list'))
  expect(list).toMatch(/Сегодня.*Электроэнергия.*− 734,50 ₽11:51 · начислениек оплате.*1 234,50 ₽Вчера/u)
  expect(list).toMatch(/1 декабря 2025 г\./u)
  expect(list).toMatch(/\+ 1 740,00 ₽19:42 · оплатавсё оплачено/u)
})

test('an operation that the accounting says nothing of is called by its word, once', async () => {
  const twin = new Twin({ person: inDebt() })
  twin.post({ kind: 'payment', amount: '-100.00', text: '' })
  openApp(twin, '/operations')
  await waitFor(() => {
    expect(rows().length).toBeGreaterThan(0)
  })
  expect(textOf(rows()[0] as HTMLElement)).toMatch(/^оплата.*\+ 100,00 ₽12:04к оплате/u)
})

describe('the filter', () => {
  test('is in the address, both ways', async () => {
    const twin = new Twin({ person: inDebt() })
    const { address } = openApp(twin, '/operations?kind=payment&period=90')
    await waitFor(() => {
      expect(rows()).toHaveLength(4)
    })
    expect(asked(twin)[0]?.path).toContain('kind=payment')
    expect(asked(twin)[0]?.path).toContain('from=2026-08-25')
    await choose('operations.filter.kind.charge')
    expect(address()).toBe('/operations?kind=charge&period=90')
    await choose('operations.filter.period.all')
    expect(address()).toBe('/operations?kind=charge')
    await choose('operations.filter.clear')
    expect(address()).toBe('/operations')
    expect(isHere('operations.filter.clear')).toBe(false)
  })

  test('is cleared by Esc, but not from inside a dialog', async () => {
    const { address } = openApp(new Twin({ person: inDebt() }), '/operations?kind=payment')
    await there('operations.filter.clear')
    await choose('view.open')
    fireEvent.keyDown(document.body, { key: 'Escape' })
    expect(address()).toBe('/operations?kind=payment')
    await choose('view.done')
    fireEvent.keyDown(document.body, { key: 'x' })
    fireEvent.keyDown(document.body, { key: 'Escape' })
    expect(address()).toBe('/operations')
  })

  test('takes own dates, both days included', async () => {
    const twin = new Twin({ person: inDebt() })
    const { address } = openApp(twin, '/operations')
    await choose('operations.filter.open')
    await choose('operations.filter.period.own')
    expect(textOf(here('operations.filter.open'))).toBe('Все, свои даты')
    fireEvent.change(await there('operations.filter.from'), { target: { value: '2026-10-01' } })
    fireEvent.change(here('operations.filter.to'), { target: { value: '2026-10-12' } })
    expect(address()).toBe('/operations?from=2026-10-01&to=2026-10-12')
    await waitFor(() => {
      expect(rows()).toHaveLength(2)
    })
  })

  test('with nothing that fits says so, and a brand-new account says something else', async () => {
    const { unmount, address } = openApp(new Twin({ person: inDebt() }), '/operations?kind=refund')
    await reads('По этому отбору ничего нет')
    await choose('operations.nothing.clear')
    expect(address()).toBe('/operations')
    unmount()
    openApp(new Twin({ person: brandNew() }), '/operations')
    await reads('Операций пока не было')
  })

  test('keeps which account is shown', async () => {
    const twin = new Twin({ person: inDebt() })
    const account = twin.person.books[0]?.account ?? ''
    const { address } = openApp(twin, `/operations?account=${account}`)
    await choose('operations.filter.kind.payment')
    expect(address()).toBe(`/operations?account=${account}&kind=payment`)
  })
})

describe('a long history', () => {
  test('comes page by page, from where the last one ended', async () => {
    const twin = new Twin({ person: longHistory() })
    openApp(twin, '/operations')
    await waitFor(() => {
      expect(rows()).toHaveLength(50)
    })
    await choose('operations.more')
    await waitFor(() => {
      expect(rows()).toHaveLength(100)
    })
    expect(asked(twin)[1]?.path).toContain('before=81')
    await choose('operations.more')
    await reads('Это все операции')
    expect(rows()).toHaveLength(130)
  })

  test('keeps what it shows when the next page fails, and goes on upon retry', async () => {
    const twin = new Twin({ person: longHistory() })
    openApp(twin, '/operations')
    await there('operations.more')
    twin.troubles.set('/live/v1/operations', { status: 504, code: 'timeout' })
    await choose('operations.more')
    await reads('Следующая часть не загрузилась')
    expect(rows()).toHaveLength(50)
    twin.troubles.clear()
    await choose('operations.more')
    await waitFor(() => {
      expect(rows()).toHaveLength(100)
    })
  })

  test('reads on by itself over pages with nothing that fits', async () => {
    const twin = new Twin({ person: inDebt() })
    const answer = twin.fetch
    let empties = 0
    const patient = new Proxy(twin, {
      get(target, name) {
        if (name !== 'world') return Reflect.get(target, name) as unknown
        const { api, carriers } = target.world
        const operations: typeof api.operations = async (...call) => {
          const page = await api.operations(...call)
          empties += 1
          return empties <= 2 ? { operations: [], next: 1000 - empties } : page
        }
        return { api: { ...api, operations }, carriers }
      },
    })
    openApp(patient, '/operations?kind=charge')
    await reads('Это все операции')
    expect(empties).toBe(3)
    expect(rows().length).toBeGreaterThan(0)
    expect(answer).toBeTypeOf('function')
  })
})

test('what arrives while it is read waits behind a word, and moves nothing until it is asked for', async () => {
  const twin = new Twin({ person: inDebt() })
  openApp(twin, '/operations')
  await reads('Это все операции')
  await waitFor(() => {
    expect(twin.opened).toHaveLength(1)
  })
  const before = rows().length
  for (const [number, words] of [
    [1, '1 новая операция — показать'],
    [2, '2 новые операции — показать'],
  ] as const) {
    act(() => {
      twin.post({ kind: 'charge', amount: '10.00', text: `Вывоз мусора ${String(number)}` })
    })
    await reads(words)
    expect(rows()).toHaveLength(before)
  }
  await choose('operations.show-new')
  expect(rows()).toHaveLength(before + 2)
  expect(rows()[0]?.textContent).toContain('Вывоз мусора 2')
  expect(rows()[0]?.getAttribute('data-fresh')).toBe('true')
  expect(isHere('operations.show-new')).toBe(false)
})

test('an operation that the filter leaves out is not announced', async () => {
  const twin = new Twin({ person: inDebt() })
  openApp(twin, '/operations?kind=payment')
  await reads('Это все операции')
  await waitFor(() => {
    expect(twin.opened).toHaveLength(1)
  })
  act(() => {
    twin.post({ kind: 'charge', amount: '10.00', text: 'Вывоз мусора' })
  })
  expect(screen.queryByText(/новая операция/u)).toBeNull()
})

test('the first operation of an empty list comes in by itself', async () => {
  const twin = new Twin({ person: brandNew() })
  openApp(twin, '/operations')
  await reads('Операций пока не было')
  await waitFor(() => {
    expect(twin.opened).toHaveLength(1)
  })
  act(() => {
    twin.post({ kind: 'charge', amount: '10.00', text: 'Вывоз мусора' })
  })
  await reads('Вывоз мусора')
})

test('a list that fails says so and comes back', async () => {
  const twin = new Twin({ person: inDebt(), troubles: { '/live/v1/operations': { status: 500, code: 'internal' } } })
  openApp(twin, '/operations')
  await reads('Операции не загрузились')
  twin.troubles.clear()
  await choose('operations.list.retry')
  await reads('Это все операции')
})

test('an overview that fails fails here too, and its retry asks for it', async () => {
  const twin = new Twin({ person: inDebt(), troubles: { '/live/v1/overview': 'down' } })
  openApp(twin, '/operations')
  await reads('Нет связи с сервером')
  twin.troubles.clear()
  await choose('operations.list.retry')
  await reads('Это все операции')
})

test('without an account there is nothing to list', async () => {
  openApp(new Twin({ person: withoutAccounts() }), '/operations')
  await reads('Как только он появится')
})

test('the period is counted in the days of the contract', async () => {
  const twin = new Twin({ person: inDebt() })
  openApp(twin, '/operations?period=30', () => NOW)
  await reads('Это все операции')
  expect(asked(twin)[0]?.path).toContain('from=2026-10-24')
})

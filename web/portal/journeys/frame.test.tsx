import { act, fireEvent, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { currentView } from '../../kit/view/view-store.ts'
import { here, isHere, openApp, reads, textOf, there } from '../testing/open-app.tsx'
import { inDebt, NOW } from '../twin/people.ts'
import { Twin } from '../twin/twin.ts'
import { i18n } from '../app/i18n.ts'

/** Whether light falls on the state of the account: it does while its figure is fresh. */
const lit = () => here('overview.state').querySelector<SVGElement>('[data-size=pane]')?.dataset['lit']

const calls = (twin: Twin, method: string, path: string) =>
  twin.calls.filter((call) => call.method === method && call.path === path)

afterEach(() => {
  vi.restoreAllMocks()
})

describe('the session', () => {
  test('is about to end: a minute before a dialog says so, and staying extends it', async () => {
    let now = NOW
    const twin = new Twin({ person: inDebt(), now: () => now })
    openApp(twin, '/', () => now)
    await there('overview.year.table')
    now = twin.idleUntil - 58_000
    await reads('Вы ещё здесь?')
    await reads('Закроем через 58 секунд')
    await userEvent.click(here('session.stay'))
    await waitFor(() => {
      expect(isHere('session.stay')).toBe(false)
    })
    expect(calls(twin, 'POST', '/api/session/alive')).toHaveLength(1)
    expect(textOf(here('overview.state'))).toContain('1 234,50')
  })

  test('kept alive in another tab does not alarm this one for long', async () => {
    let now = NOW
    const twin = new Twin({ person: inDebt(), now: () => now })
    openApp(twin, '/', () => now)
    await there('overview.state')
    now = twin.idleUntil - 59_000
    twin.idleUntil = now + 900_000
    await waitFor(() => {
      expect(calls(twin, 'GET', '/api/session').length).toBeGreaterThan(1)
    })
    await waitFor(() => {
      expect(isHere('session.stay')).toBe(false)
    })
  })

  test('that has ended leads to the way in with a kind word, and forgets the page', async () => {
    let now = NOW
    const twin = new Twin({ person: inDebt(), now: () => now })
    const { client, address } = openApp(twin, '/operations', () => now)
    await reads('Это все операции')
    now = twin.idleUntil + 1000
    await reads('Вы долго ничего не делали')
    expect(address()).toBe('/login?next=%2Foperations')
    await waitFor(() => {
      expect(client.getQueryCache().getAll()).toHaveLength(1)
    })
  })

  test('that has a last hour warns and cannot be stretched', async () => {
    let now = NOW
    const twin = new Twin({ person: inDebt(), now: () => now })
    twin.expiresAt = NOW + 600_000
    openApp(twin, '/', () => now)
    await there('overview.state')
    now = twin.expiresAt - 30_000
    await reads('Скоро нужно будет войти снова')
    expect(isHere('session.stay')).toBe(false)
    await userEvent.click(here('session.understood'))
    await waitFor(() => {
      expect(isHere('session.understood')).toBe(false)
    })
  })

  test('hears of real hands at most once in five minutes', async () => {
    let now = NOW
    const twin = new Twin({ person: inDebt(), now: () => now })
    openApp(twin, '/', () => now)
    await there('overview.state')
    const alive = () => calls(twin, 'POST', '/api/session/alive').length
    fireEvent.keyDown(document.body, { key: 'a' })
    now += 5 * 60_000 - 1
    fireEvent.pointerDown(document.body)
    expect(alive()).toBe(0)
    now += 1
    fireEvent.pointerDown(document.body)
    fireEvent.keyDown(document.body, { key: 'a' })
    await waitFor(() => {
      expect(alive()).toBe(1)
    })
  })

  test('ends by «Выйти»', async () => {
    const twin = new Twin({ person: inDebt() })
    const { address } = openApp(twin, '/operations')
    await reads('Это все операции')
    expect(twin.opened).toHaveLength(1)
    await userEvent.click(await there('session.leave'))
    await there('screen.login')
    expect(twin.state).toBe('closed')
    expect(twin.opened).toHaveLength(1)
    expect(address()).toBe('/login')
  })
})

describe('the connection', () => {
  test('that is lost is named after a while, the page stays, and what was missed comes with the next line', async () => {
    let now = NOW
    const clock = () => now
    const twin = new Twin({ person: inDebt(), now: clock })
    openApp(twin, '/', clock)
    await there('overview.year.table')
    await waitFor(() => {
      expect(twin.opened).toHaveLength(1)
    })
    twin.streamDown = true
    act(() => {
      twin.breakLines()
    })
    expect(textOf(here('connection'))).toBe('')
    expect(lit()).toBe('true')
    now += 4000
    await reads('Соединяемся')
    await waitFor(() => {
      expect(lit()).toBe('false')
    })
    expect(textOf(here('overview.state'))).toContain('1 234,50')
    twin.post({ kind: 'payment', amount: '-1234.50', text: 'Оплата, пока не было связи' })
    twin.streamDown = false
    await reads('Оплата, пока не было связи')
    expect(twin.opened.at(-1)?.after).toMatch(/:28$/u)
    await waitFor(() => {
      expect(textOf(here('connection'))).toBe('')
    })
    await waitFor(() => {
      expect(lit()).toBe('true')
    })
  })

  test('of the whole machine is named at once and comes back by itself', async () => {
    const twin = new Twin({ person: inDebt() })
    openApp(twin)
    await there('overview.state')
    await waitFor(() => {
      expect(twin.opened).toHaveLength(1)
    })
    const online = vi.spyOn(navigator, 'onLine', 'get').mockReturnValue(false)
    act(() => {
      dispatchEvent(new Event('offline'))
    })
    expect(textOf(here('connection'))).toBe('Нет сети')
    online.mockReturnValue(true)
    act(() => {
      dispatchEvent(new Event('online'))
    })
    await waitFor(() => {
      expect(textOf(here('connection'))).toBe('')
    })
    expect(twin.opened).toHaveLength(2)
  })

  test('goes another way when the first is shut', async () => {
    const twin = new Twin({ person: inDebt(), streamDown: true })
    openApp(twin)
    await there('overview.state')
    await waitFor(() => {
      expect(twin.opened.slice(0, 3).map((line) => line.carrier)).toEqual(['socket', 'socket', 'events'])
    })
  })
})

describe('how it looks', () => {
  test('is the customer\'s to choose, at once', async () => {
    openApp(new Twin({ person: inDebt() }))
    await there('overview.state')
    await userEvent.click(here('view.open'))
    await userEvent.click(await there('view.theme.night'))
    expect(document.documentElement.dataset['theme']).toBe('night')
    await userEvent.click(here('view.text.large'))
    expect(document.documentElement.dataset['text']).toBe('large')
    await userEvent.click(here('view.hidden'))
    expect(currentView().hidden).toBe(true)
    await userEvent.click(here('view.done'))
    expect(isHere('view.done')).toBe(false)
  })

  test('speaks English and tells the server so', async () => {
    const twin = new Twin({ person: inDebt() })
    openApp(twin)
    await there('overview.state')
    await userEvent.click(here('view.open'))
    await userEvent.click(await there('view.language.en'))
    await reads('Latest activity')
    expect(i18n.locale).toBe('en')
    expect(document.documentElement.lang).toBe('en')
    expect(calls(twin, 'PATCH', '/api/profile')[0]?.body).toEqual({ locale: 'en' })
  })

  test('may be changed before anybody signs in, which the server need not know', async () => {
    const twin = new Twin({ person: inDebt(), state: 'closed' })
    openApp(twin)
    await there('login.form')
    await userEvent.click(here('view.open'))
    await userEvent.click(await there('view.language.en'))
    await reads('Sign in to your account')
    expect(calls(twin, 'PATCH', '/api/profile')).toHaveLength(0)
  })

  test('offers the other language at the door, by its own name', async () => {
    openApp(new Twin({ person: inDebt(), state: 'closed' }))
    expect(textOf(await there('door.language'))).toBe('English')
    await userEvent.click(here('door.language'))
    await reads('Sign in to your account')
    await userEvent.click(here('door.language'))
    await reads('Вход в личный кабинет')
    expect(currentView().language).toBe('ru')
  })

  test('the dialog goes by Esc and by a press outside, not by one inside', async () => {
    openApp(new Twin({ person: inDebt() }))
    await there('overview.state')
    const dialog = here('screen.view')
    await userEvent.click(here('view.open'))
    fireEvent.click(here('view.theme.light'))
    expect(isHere('view.done')).toBe(true)
    fireEvent.click(dialog)
    expect(isHere('view.done')).toBe(false)
    await userEvent.click(here('view.open'))
    fireEvent(dialog, new Event('cancel', { cancelable: true }))
    expect(isHere('view.done')).toBe(false)
  })
})

test('an address that leads nowhere says so and leads home', async () => {
  const { address } = openApp(new Twin({ person: inDebt() }), '/kvitancii')
  await there('screen.not-found')
  expect(document.title).toBe('Такой страницы нет')
  await userEvent.click(here('not-found.overview'))
  await there('screen.overview')
  expect(address()).toBe('/')
})

test('a part that breaks gives a page with a way on, never a white one', async () => {
  vi.spyOn(console, 'error').mockImplementation(() => undefined)
  openApp(new Twin({ person: inDebt() }), '/', () => {
    throw new Error('a part of the page fails')
  })
  await there('screen.crash')
  await reads('Страницу нужно обновить')
})

test('the name of who is signed in stands in the frame', async () => {
  openApp(new Twin({ person: inDebt() }))
  await reads('Ольга Сергеевна Ветрова')
  expect(textOf(here('nav'))).toBe('ОбзорОперацииПлатежиДокументы')
  expect(here('nav.overview').getAttribute('aria-current')).toBe('page')
})

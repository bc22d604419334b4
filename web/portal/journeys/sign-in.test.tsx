import { screen, waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { here, isFocused, isHere, openApp, reads, textOf, there } from '../testing/open-app.tsx'
import { inDebt, NOW } from '../twin/people.ts'
import type { TwinOptions } from '../twin/twin.ts'
import { CODE, PASSWORD, Twin } from '../twin/twin.ts'

function outside(troubles: TwinOptions['troubles'] = {}) {
  return new Twin({ person: inDebt(), state: 'closed', troubles })
}

function waitingForCode(options: Partial<TwinOptions> = {}) {
  return new Twin({ person: inDebt(), state: 'code', ...options })
}

const posts = (twin: Twin, path: string) => twin.calls.filter((call) => call.method === 'POST' && call.path === path)

async function giveThePair(password = PASSWORD) {
  const user = userEvent.setup()
  await user.type(await there('login.login'), '4400 123 456')
  await user.type(here('login.password'), `${password}{Enter}`)
}

afterEach(() => {
  vi.useRealTimers()
})

test('from the login to the balance without a mouse, and to where they wanted to go', async () => {
  const twin = outside()
  const { address } = openApp(twin, '/operations?kind=payment')
  await there('login.form')
  expect(address()).toBe('/login?next=%2Foperations%3Fkind%3Dpayment')
  await giveThePair()
  await userEvent.type(await there('code.code'), CODE)
  await there('screen.operations')
  expect(address()).toBe('/operations?kind=payment')
  expect(posts(twin, '/api/session/password')[0]?.body).toEqual({ login: '4400 123 456', password: PASSWORD })
})

test('every unsafe request says that it comes from this page', async () => {
  const twin = outside()
  openApp(twin)
  await giveThePair()
  await userEvent.type(await there('code.code'), CODE)
  await there('screen.overview')
  const unsafe = twin.calls.filter((call) => call.method !== 'GET')
  expect(unsafe).toHaveLength(2)
  for (const call of unsafe) expect(call.headers).toMatchObject({ 'X-Okno': '1', 'Content-Type': 'application/json' })
})

test('an address of another site is no place to go on to', async () => {
  const twin = outside()
  const { address } = openApp(twin, '/login?next=//evil.example/')
  await giveThePair()
  await userEvent.type(await there('code.code'), CODE)
  await there('screen.overview')
  expect(address()).toBe('/')
})

describe('the password', () => {
  test('that is wrong says the same for any login, and keeps what was typed', async () => {
    openApp(outside())
    const user = userEvent.setup()
    await user.type(await there('login.login'), '4400 123 456')
    await user.type(here('login.password'), 'wrong')
    await user.click(here('login.submit'))
    await reads('Логин или пароль не подошли')
    await isFocused('login.password')
    expect((here('login.login') as HTMLInputElement).value).toBe('4400 123 456')
    expect(here('login.password').getAttribute('aria-invalid')).toBe('true')
  })

  test('that is missing costs no request', async () => {
    const twin = outside()
    openApp(twin)
    const user = userEvent.setup()
    await user.click(await there('login.submit'))
    expect(document.activeElement).toBe(here('login.login'))
    await user.type(here('login.login'), 'a')
    await user.click(here('login.submit'))
    expect(document.activeElement).toBe(here('login.password'))
    expect(posts(twin, '/api/session/password')).toHaveLength(0)
  })

  test('can be looked at', async () => {
    openApp(outside())
    const field = await there('login.password')
    expect(field.getAttribute('type')).toBe('password')
    await userEvent.click(here('login.password.show'))
    expect(field.getAttribute('type')).toBe('text')
  })

  test('typed under Caps Lock brings a hint', async () => {
    openApp(outside())
    const user = userEvent.setup()
    await user.click(await there('login.password'))
    await user.keyboard('{CapsLock}a')
    await reads('Включён Caps Lock')
    await user.keyboard('{CapsLock}a')
    await waitFor(() => {
      expect(screen.queryByText('Включён Caps Lock')).toBeNull()
    })
  })

  test('tried too often waits as long as the server says', async () => {
    const twin = outside({ 'POST /api/session/password': { status: 429, code: 'throttled', retryAfterS: 45 } })
    let now = NOW
    openApp(twin, '/', () => now)
    await giveThePair()
    await reads('Можно через 0:45')
    expect((here('login.submit') as HTMLButtonElement).disabled).toBe(true)
    now += 45_000
    await waitFor(() => {
      expect((here('login.submit') as HTMLButtonElement).disabled).toBe(false)
    })
  })

  test.each([
    ['down', 'Нет связи с сервером'],
    [{ status: 503, code: 'unavailable' }, 'Сервис сейчас не отвечает'],
  ] as const)('while the service is away (%j) says so, with a code', async (trouble, words) => {
    openApp(outside({ 'POST /api/session/password': trouble }))
    await giveThePair()
    await reads(words)
    await reads(/Код: .*(no-network|503 · unavailable)/u)
  })
})

describe('the code', () => {
  test('is one input, made for the phone\'s keyboard and its filling in', async () => {
    openApp(waitingForCode(), '/login')
    const input = await there('code.code')
    expect(input.getAttribute('autocomplete')).toBe('one-time-code')
    expect(input.getAttribute('inputmode')).toBe('numeric')
    expect(document.activeElement).toBe(input)
    expect(textOf(here('screen.code'))).toContain('··· 45-67')
  })

  test('may be pasted with a space and is sent once by itself', async () => {
    const twin = waitingForCode()
    openApp(twin, '/login')
    const user = userEvent.setup()
    await user.click(await there('code.code'))
    await user.paste('123 456')
    await there('screen.overview')
    expect(posts(twin, '/api/session/code').map((call) => call.body)).toEqual([{ code: '123456' }])
  })

  test('that is wrong keeps the focus and says how many tries are left', async () => {
    const twin = waitingForCode()
    openApp(twin, '/login')
    const user = userEvent.setup()
    await user.type(await there('code.code'), '000000')
    await reads('Осталось 2 попытки')
    expect(document.activeElement).toBe(here('code.code'))
    await user.clear(here('code.code'))
    await user.type(here('code.code'), '000001')
    await reads('Осталась 1 попытка')
    expect(posts(twin, '/api/session/code')).toHaveLength(2)
  })

  test('can be sent again by the button once it was refused', async () => {
    const twin = waitingForCode()
    openApp(twin, '/login')
    const user = userEvent.setup()
    await user.type(await there('code.code'), '000000')
    await reads('Осталось 2 попытки')
    await user.click(here('code.submit'))
    await reads('Осталась 1 попытка')
  })

  test('that is spent or too old asks for a new one', async () => {
    const twin = waitingForCode({ troubles: { 'POST /api/session/code': { status: 410, code: 'code-expired' } } })
    twin.resendAt = NOW
    openApp(twin, '/login')
    const user = userEvent.setup()
    await user.type(await there('code.code'), '000000')
    await reads('Этот код больше не действует')
    expect((here('code.submit') as HTMLButtonElement).disabled).toBe(true)
    twin.troubles.clear()
    await user.click(here('code.resend'))
    await reads('Отправили новый код')
    expect((here('code.code') as HTMLInputElement).value).toBe('')
    await user.type(here('code.code'), CODE)
    await there('screen.overview')
  })

  test.each([
    [{ status: 429, code: 'throttled' }, 'Слишком много попыток'],
    [{ status: 500, code: 'internal' }, 'Сервис сейчас не отвечает'],
    [{ status: 401, code: 'wrong-code' }, 'Проверьте последнее СМС'],
  ])('refused with %j says what to do', async (trouble, words) => {
    openApp(waitingForCode({ troubles: { 'POST /api/session/code': trouble } }), '/login')
    await userEvent.type(await there('code.code'), '000000')
    await reads(words)
  })

  test('has a timer that survives a reload', async () => {
    let now = NOW
    const twin = waitingForCode({ now: () => now })
    const first = openApp(twin, '/login', () => now)
    await reads('через 0:30')
    expect((here('code.resend') as HTMLButtonElement).disabled).toBe(true)
    now += 12_000
    first.unmount()
    openApp(twin, '/login', () => now)
    await reads('через 0:18')
    now += 18_000
    await reads('СМС не пришла?')
    expect((here('code.resend') as HTMLButtonElement).disabled).toBe(false)
  })

  test.each([
    [{ status: 429, code: 'throttled', retryAfterS: 90 }, 'через 1:30'],
    [{ status: 500, code: 'internal' }, 'Не получилось отправить код'],
  ] as const)('that may not be sent again (%j) says why', async (trouble, words) => {
    const twin = waitingForCode({ troubles: { 'POST /api/session/code/resend': trouble } })
    twin.resendAt = NOW
    openApp(twin, '/login')
    await userEvent.click(await there('code.resend'))
    await reads(words)
  })

  test('asked for after the sign-in has lapsed leads back to its beginning', async () => {
    const twin = waitingForCode({ troubles: { 'POST /api/session/code/resend': { status: 401, code: 'no-session' } } })
    twin.resendAt = NOW
    openApp(twin, '/login')
    await userEvent.click(await there('code.resend'))
    await there('screen.login')
  })

  test('can be left for another login', async () => {
    const twin = waitingForCode()
    openApp(twin, '/login')
    await userEvent.click(await there('code.back'))
    await there('screen.login')
    expect(twin.state).toBe('closed')
  })
})

test('a host that is away offers to try again, and lets in when it is back', async () => {
  const twin = new Twin({ person: inDebt(), troubles: { '/api/session': 'down' } })
  openApp(twin)
  await reads('Нет связи с сервером')
  twin.troubles.clear()
  await userEvent.click(here('away.retry'))
  await there('screen.overview')
  expect(isHere('screen.away')).toBe(false)
})

import userEvent from '@testing-library/user-event'
import { describe, expect, test } from 'vitest'
import { AT, looks, newcomer, posts, standing, tellFacts } from '../testing/newcomer.ts'
import { here, isHere, openApp, reads, there } from '../testing/open-app.tsx'
import { NOW } from '../twin/people.ts'
import { CONTRACT, NUMBER } from '../twin/registration.ts'
import { CODE } from '../twin/twin.ts'

describe('the code', () => {
  test('is one input, made for the phone\'s keyboard and its filling in', async () => {
    openApp(standing('code-sent'), AT)
    const input = await there('register.code')
    expect(input.getAttribute('autocomplete')).toBe('one-time-code')
    expect(input.getAttribute('inputmode')).toBe('numeric')
    expect(document.activeElement).toBe(input)
  })

  test('is awaited while the inside is asked, and cannot be sent before', async () => {
    const twin = standing('asking')
    twin.registration.silent = true
    openApp(twin, AT)
    await reads('Ищем счёт')
    expect((here('register.code.submit') as HTMLButtonElement).disabled).toBe(true)
    await userEvent.type(here('register.code'), CODE)
    expect(posts(twin, '/api/registration/code')).toHaveLength(0)
    twin.registration.silent = false
    await reads('Если данные верны')
    expect(looks(twin).length).toBeGreaterThan(1)
  })

  test('that is wrong stays on the same screen, once refused, and may be typed over', async () => {
    const twin = standing('code-sent')
    openApp(twin, AT)
    const user = userEvent.setup()
    await user.type(await there('register.code'), '000 000')
    await reads('Код не подошёл')
    await reads('Осталось 4 попытки')
    expect(here('register.code').getAttribute('aria-invalid')).toBe('true')
    await user.click(here('register.code.submit'))
    await reads('Осталось 3 попытки')
    await user.clear(here('register.code'))
    await user.type(here('register.code'), CODE)
    await there('register.password')
    expect(posts(twin, '/api/registration/code')).toHaveLength(3)
  })

  test('that was wrong too often ends the registration, and another begins', async () => {
    const twin = standing('refused')
    twin.registration.triesLeft = 0
    openApp(twin, AT)
    await reads('Код не подошёл пять раз')
    await userEvent.click(here('register.over.begin'))
    await tellFacts()
    await there('register.code')
  })

  test('can be asked for again after its time, which survives a reload', async () => {
    let now = NOW
    const twin = standing('code-sent', { now: () => now })
    const first = openApp(twin, AT, () => now)
    await reads('через 0:30')
    expect((here('register.code.again') as HTMLButtonElement).disabled).toBe(true)
    now += 12_000
    first.unmount()
    openApp(twin, AT, () => now)
    await reads('через 0:18')
    now += 18_000
    await reads('СМС не пришла?')
    await userEvent.type(here('register.code'), '12')
    await userEvent.click(here('register.code.again'))
    await reads('через 0:30')
    expect((here('register.code') as HTMLInputElement).value).toBe('')
    expect(posts(twin, '/api/registration/again')).toHaveLength(1)
  })

  test('asked for too early waits, asked for in vain says so', async () => {
    const twin = standing('code-sent', {
      troubles: { 'POST /api/registration/again': { status: 429, code: 'throttled', retryAfterS: 45 } },
    })
    twin.registration.againAt = NOW
    openApp(twin, AT)
    const user = userEvent.setup()
    await user.click(await there('register.code.again'))
    await reads('через 0:45')
  })

  test('that cannot be asked for says so', async () => {
    const twin = standing('code-sent', { troubles: { 'POST /api/registration/again': { status: 500, code: 'internal' } } })
    twin.registration.againAt = NOW
    openApp(twin, AT)
    await userEvent.click(await there('register.code.again'))
    await reads('Не получилось отправить код')
  })

  test('that will not come any more leaves the telephone', async () => {
    const twin = standing('code-sent')
    twin.registration.codesLeft = 0
    openApp(twin, AT)
    await reads('позвоните нам')
    expect(isHere('register.code.again')).toBe(false)
  })

  test.each([
    [{ status: 429, code: 'throttled' }, 'Слишком много попыток'],
    [{ status: 503, code: 'unavailable' }, 'Сервис сейчас не отвечает'],
  ])('refused with %j says what to do', async (trouble, words) => {
    openApp(standing('code-sent', { troubles: { 'POST /api/registration/code': trouble } }), AT)
    await userEvent.type(await there('register.code'), '000000')
    await reads(words)
  })

  test('typed after the time was up leads to a new beginning', async () => {
    const twin = standing('code-sent')
    openApp(twin, AT)
    await there('register.code')
    twin.registration.stand('expired')
    await userEvent.type(here('register.code'), CODE)
    await reads('Время вышло')
    await userEvent.click(here('register.over.begin'))
    await there('register.number')
  })

  test('can be left to change the details, which are still there', async () => {
    const twin = newcomer()
    openApp(twin, AT)
    await tellFacts()
    await userEvent.click(await there('register.code.back'))
    expect((here('register.number') as HTMLInputElement).value).toBe(NUMBER)
    expect((here('register.value') as HTMLInputElement).value).toBe(CONTRACT)
    await userEvent.click(here('register.submit'))
    await there('register.code')
    expect(posts(twin, '/api/registration')).toHaveLength(2)
  })
})

describe('while the accounting is away', () => {
  test('nothing is typed anew, and it goes on by itself', async () => {
    const twin = standing('away')
    openApp(twin, AT)
    await reads('Учётная система не отвечает')
    twin.registration.state = 'code-sent'
    await there('register.code')
  })

  test('it may be tried again once its time has come', async () => {
    let now = NOW
    const twin = standing('away', { now: () => now })
    openApp(twin, AT, () => now)
    await reads('Можно через 0:30')
    now += 30_000
    await reads('Попробовать сейчас')
    await userEvent.click(here('register.away.again'))
    await there('register.code')
  })

  test.each([
    [{ status: 429, code: 'throttled', retryAfterS: 20 }, 'Можно через 0:20'],
    [{ status: 500, code: 'internal' }, 'Сервис сейчас не отвечает'],
  ])('trying in vain (%j) says when or why', async (trouble, words) => {
    const twin = standing('away', { troubles: { 'POST /api/registration/again': trouble } })
    twin.registration.againAt = NOW
    openApp(twin, AT)
    await userEvent.click(await there('register.away.again'))
    await reads(words)
  })

  test('the details may be changed', async () => {
    openApp(standing('away'), AT)
    await userEvent.click(await there('register.away.back'))
    await there('register.number')
  })
})

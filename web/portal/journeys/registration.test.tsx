import { waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { describe, expect, test } from 'vitest'
import { dayTyped } from '../features/registration/facts.ts'
import { pauseAfter } from '../features/registration/use-registration.ts'
import { AT, newcomer, posts, standing, tellFacts } from '../testing/newcomer.ts'
import { here, isFocused, isHere, openApp, reads, textOf, there } from '../testing/open-app.tsx'
import { inDebt, NOW } from '../twin/people.ts'
import { CONTRACT, NEW_PASSWORD, NUMBER } from '../twin/registration.ts'
import { CODE, Twin } from '../twin/twin.ts'

test('from the sign-in to the overview without a mouse: facts, code, password', async () => {
  const twin = newcomer()
  const { address } = openApp(twin, '/login')
  const user = userEvent.setup()
  await user.click(await there('login.register'))
  expect(address()).toBe(AT)
  await tellFacts()
  await reads('Если данные верны, мы отправили код на телефон из договора')
  expect(textOf(here('screen.register'))).toContain('··· 4567')
  await user.type(here('register.code'), CODE)
  const login = await there('register.login-name')
  expect((login as HTMLInputElement).value).toBe('4400123456004567')
  await user.type(here('register.password'), `${NEW_PASSWORD}{Enter}`)
  await there('screen.overview')
  expect(address()).toBe('/')
  expect(posts(twin, '/api/registration')[0]?.body).toEqual({
    number: NUMBER,
    fact: 'contract',
    value: CONTRACT,
    locale: 'ru',
  })
  expect(posts(twin, '/api/registration/code').map((call) => call.body)).toEqual([{ code: CODE }])
  expect(posts(twin, '/api/registration/password').map((call) => call.body)).toEqual([{ password: NEW_PASSWORD }])
})

test('the way back to the sign-in', async () => {
  const { address } = openApp(newcomer(), AT)
  await userEvent.click(await there('register.login'))
  await there('screen.login')
  expect(address()).toBe('/login')
})

test('whoever is signed in has nothing to register', async () => {
  const { address } = openApp(new Twin({ person: inDebt() }), AT)
  await there('screen.overview')
  expect(address()).toBe('/')
})

describe('the facts', () => {
  test('that are missing cost no request and take the focus', async () => {
    const twin = newcomer()
    openApp(twin, AT)
    const user = userEvent.setup()
    await user.click(await there('register.submit'))
    await reads('Напишите номер счёта')
    expect(document.activeElement).toBe(here('register.number'))
    await user.type(here('register.number'), NUMBER)
    await user.click(here('register.submit'))
    await reads('Напишите номер договора')
    expect(document.activeElement).toBe(here('register.value'))
    expect(posts(twin, '/api/registration')).toHaveLength(0)
  })

  test.each([
    ['birth-date', 'numeric', 'Например, 05.11.1980', 'Напишите дату рождения'],
    ['last-bill', 'decimal', 'С копейками', 'Напишите сумму'],
    ['last-payment', 'decimal', 'С копейками', 'Напишите сумму'],
    ['contract', '', 'На первой странице договора', 'Напишите номер договора'],
  ])('of the kind %s ask for it in its own way', async (fact, mode, hint, missing) => {
    openApp(newcomer(), AT)
    const user = userEvent.setup()
    await user.type(await there('register.number'), NUMBER)
    await user.click(here(`register.fact.${fact}`))
    await reads(hint)
    expect(here('register.value').getAttribute('inputmode') ?? '').toBe(mode)
    await user.click(here('register.submit'))
    await reads(missing)
  })

  test('of one kind alone leave no choice; of a letter, its code', async () => {
    const twin = newcomer()
    twin.registration.facts = ['paper-code']
    openApp(twin, AT)
    await userEvent.type(await there('register.number'), NUMBER)
    await reads('Из письма, которое мы вам прислали')
    expect(isHere('register.fact.paper-code')).toBe(false)
    await userEvent.click(here('register.submit'))
    await reads('Напишите код из письма')
  })

  test('that cannot be read are named at their field', async () => {
    openApp(newcomer(), AT)
    const user = userEvent.setup()
    await user.type(await there('register.number'), 'номер')
    await user.click(here('register.fact.birth-date'))
    await user.type(here('register.value'), '3102')
    await user.click(here('register.submit'))
    await reads('Это не похоже на номер счёта')
    await isFocused('register.number')
    await user.clear(here('register.number'))
    await user.type(here('register.number'), NUMBER)
    await user.click(here('register.submit'))
    await reads('Такой даты нет')
    await isFocused('register.value')
    expect((here('register.value') as HTMLInputElement).value).toBe('31.02')
    await user.type(here('register.value'), '1980')
    await user.click(here('register.submit'))
    await there('register.code')
  })

  test.each([
    ['last-bill', 'Напишите сумму цифрами'],
    ['contract', 'Проверьте, нет ли лишних знаков'],
  ])('of the kind %s that cannot be read say how', async (fact, words) => {
    const refusal = { status: 422, code: 'unreadable-fact', field: 'value' }
    openApp(newcomer({ troubles: { 'POST /api/registration': refusal } }), AT)
    const user = userEvent.setup()
    await user.type(await there('register.number'), NUMBER)
    await user.click(here(`register.fact.${fact}`))
    await user.type(here('register.value'), 'x{Enter}')
    await reads(words)
  })

  test('told too often wait as long as the server says', async () => {
    let now = NOW
    const twin = newcomer({ troubles: { 'POST /api/registration': { status: 429, code: 'throttled', retryAfterS: 90 } } })
    openApp(twin, AT, () => now)
    await tellFacts()
    await reads('Можно через 1:30')
    expect((here('register.submit') as HTMLButtonElement).disabled).toBe(true)
    now += 90_000
    await waitFor(() => {
      expect((here('register.submit') as HTMLButtonElement).disabled).toBe(false)
    })
  })

  test('told too often, without a word for how long, wait a minute', async () => {
    openApp(newcomer({ troubles: { 'POST /api/registration': { status: 429, code: 'throttled' } } }), AT)
    await tellFacts()
    await reads('Можно через 1:00')
  })

  test.each([
    ['down', 'Нет связи с сервером'],
    [{ status: 503, code: 'unavailable' }, 'Сервис сейчас не отвечает'],
  ] as const)('stay in the form while the service is away (%j)', async (trouble, words) => {
    openApp(newcomer({ troubles: { 'POST /api/registration': trouble } }), AT)
    await tellFacts()
    await reads(words)
    expect((here('register.number') as HTMLInputElement).value).toBe(NUMBER)
  })
})

describe('the password', () => {
  test.each([
    [['too-short'], 'Слишком короткий'],
    [['too-long'], 'Слишком длинный'],
    [['listed', 'personal'], 'угадают первыми'],
    [['listed'], 'есть в списках'],
  ])('that is weak (%j) says what to do', async (reasons, words) => {
    const weak = { status: 422, code: 'weak-password', reasons }
    openApp(standing('proven', { troubles: { 'POST /api/registration/password': weak } }), AT)
    await userEvent.type(await there('register.password'), 'x')
    await userEvent.click(here('register.open'))
    await reads(words)
    await isFocused('register.password')
    expect(here('register.password').getAttribute('aria-invalid')).toBe('true')
  })

  test('that is missing costs no request', async () => {
    const twin = standing('proven')
    openApp(twin, AT)
    await userEvent.click(await there('register.open'))
    await reads('Придумайте и напишите пароль')
    expect(document.activeElement).toBe(here('register.password'))
    expect(posts(twin, '/api/registration/password')).toHaveLength(0)
  })

  test('stands beside the login that it will belong to, for those who keep both', async () => {
    openApp(standing('proven'), AT)
    expect((await there('register.password')).getAttribute('autocomplete')).toBe('new-password')
    expect(here('register.login-name').getAttribute('autocomplete')).toBe('username')
  })

  test.each([
    [{ status: 409, code: 'no-phone' }, 'нет мобильного телефона'],
    [{ status: 429, code: 'throttled' }, 'Подождите минуту'],
    [{ status: 503, code: 'unavailable' }, 'Сервис сейчас не отвечает'],
    [{ status: 409, code: 'already-linked' }, 'Кабинет у вас уже есть'],
    [{ status: 410, code: 'registration-over' }, 'Время вышло'],
  ])('refused with %j leads on', async (trouble, words) => {
    openApp(standing('proven', { troubles: { 'POST /api/registration/password': trouble } }), AT)
    await userEvent.type(await there('register.password'), `${NEW_PASSWORD}{Enter}`)
    await reads(words)
  })

  test('at a step that another tab has left shows where one is', async () => {
    const twin = standing('proven')
    openApp(twin, AT)
    await there('register.password')
    twin.registration.stand('code-sent')
    await userEvent.type(here('register.password'), `${NEW_PASSWORD}{Enter}`)
    await there('register.code')
  })
})

test('an account that has its user says so to who proved it, with the way in', async () => {
  const twin = standing('code-sent')
  twin.registration.linked = true
  const { address } = openApp(twin, AT)
  await userEvent.type(await there('register.code'), CODE)
  await reads('Кабинет у вас уже есть')
  await userEvent.click(here('register.linked.login'))
  expect(address()).toBe('/login')
})

test('a registration that cannot be read offers to try again', async () => {
  const twin = newcomer({ troubles: { '/api/registration': { status: 500, code: 'internal' } } })
  openApp(twin, AT)
  await userEvent.click(await there('register.retry'))
  twin.troubles.clear()
  await userEvent.click(await there('register.retry'))
  await there('register.number')
})

test('the pause between two looks grows and is bounded', () => {
  const pauses = Array.from({ length: 20 }, (_, asked) => pauseAfter(asked))
  expect(pauses[0]).toBe(300)
  expect(pauses.every((pause, index) => index === 0 || pause >= (pauses[index - 1] ?? 0))).toBe(true)
  expect(pauses.at(-1)).toBe(5_000)
})

test.each([
  ['05111980', '05.11.1980'],
  ['0511', '05.11'],
  ['5.', '5.'],
  ['5.11', '5.11'],
  ['5.11.1980', '5.11.1980'],
  ['05.11.19801', '05.11.1980'],
  ['1980-11-05', '1980-11-05'],
  ['', ''],
])('a date typed as %j reads %j', (typed, shown) => {
  expect(dayTyped(typed)).toBe(shown)
})

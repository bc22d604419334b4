import userEvent from '@testing-library/user-event'
import { describe, expect, test } from 'vitest'
import { here, isFocused, isHere, openApp, reads, textOf, there } from '../testing/open-app.tsx'
import { allPaid, HOME, inDebt, NOW, withoutAccounts } from '../twin/people.ts'
import { Twin } from '../twin/twin.ts'

const DAY_MS = 86_400_000
const at = (days: number) => new Date(NOW + days * DAY_MS).toISOString()
const asked = (twin: Twin) => twin.calls.filter((call) => call.method === 'POST' && call.path === '/api/promises')

describe('a promise', () => {
  test('is asked from the page of payment and waits for its answer', async () => {
    const twin = new Twin({ person: inDebt() })
    openApp(twin, '/pay')
    await userEvent.click(await there('pay.promise'))
    const amount = (await there('promise.amount')) as HTMLInputElement
    expect(amount.value.replaceAll('\u00a0', ' ')).toBe('1 234,50')
    await userEvent.click(here('promise.submit'))
    await reads('ждём ответа')
    expect(asked(twin).map((call) => call.body)).toEqual([{ account: HOME, amount: '1234.50', until: twin.roads.offer?.last }])
    expect(isHere('promise.submit')).toBe(false)
  })

  test.each([
    [{ state: 'granted', granted_until: at(3).slice(0, 10) } as const, /Принят, заплатите до/u],
    [{ state: 'refused', reason: 'too-often' } as const, 'Не принят: недавно обещанный платёж уже был'],
    [{ state: 'refused', reason: 'Договор на проверке' } as const, 'Не принят: Договор на проверке'],
    [{ state: 'refused' } as const, 'Не принят'],
  ])('shows its answer here and on the page of the account: %o', async (changes, words) => {
    const twin = new Twin({ person: inDebt() })
    twin.roads.promise({ ...changes, answered_at: at(0) })
    const { unmount } = openApp(twin, '/promise')
    await reads(words)
    unmount()
    openApp(twin, '/')
    await reads(words)
    await userEvent.click(here('overview.promise'))
    await there('promise.submit')
  })

  test('that is over is not told on the page of the account', async () => {
    const twin = new Twin({ person: inDebt() })
    twin.roads.promise({ state: 'granted', granted_until: at(-1).slice(0, 10), asked_at: at(-5), answered_at: at(-5) })
    const { unmount } = openApp(twin, '/')
    await there('overview.pay')
    expect(isHere('overview.promise')).toBe(false)
    unmount()
    twin.roads.promise({ state: 'refused', asked_at: at(-2), answered_at: at(-2) })
    openApp(twin, '/')
    await there('overview.pay')
    expect(isHere('overview.promise')).toBe(false)
  })

  test('needs an amount and a day within the offer', async () => {
    const twin = new Twin({ person: allPaid() })
    openApp(twin, '/promise')
    await userEvent.click(await there('promise.submit'))
    await reads('Напишите сумму цифрами, не больше')
    await userEvent.type(here('promise.amount'), '100')
    await userEvent.clear(here('promise.until'))
    await userEvent.type(here('promise.until'), '2001-01-01')
    await userEvent.click(here('promise.submit'))
    await reads('Выберите день не позже')
    expect(asked(twin)).toEqual([])
  })

  test.each([
    [{ status: 422, code: 'wrong-amount' }, 'Напишите сумму цифрами, не больше'],
    [{ status: 422, code: 'wrong-day' }, 'Выберите день не позже'],
    [{ status: 409, code: 'already-asked' }, 'уже ждут ответа'],
    [{ status: 409, code: 'no-promises' }, 'Отложить платёж сейчас нельзя'],
    [{ status: 429, code: 'throttled' }, 'Слишком много просьб подряд'],
    [{ status: 503, code: 'unavailable' }, 'Сервис сейчас не отвечает'],
  ])('that the server refuses says why: %o', async (trouble, words) => {
    const twin = new Twin({ person: inDebt(), troubles: { 'POST /api/promises': trouble } })
    openApp(twin, '/promise')
    await userEvent.click(await there('promise.submit'))
    await reads(words)
    if (trouble.code === 'wrong-amount') await isFocused('promise.amount')
    if (trouble.code === 'wrong-day') await isFocused('promise.until')
    await userEvent.type(here('promise.amount'), '1')
    await userEvent.type(here('promise.until'), '2001-01-01')
    expect(here('promise.submit')).toBeTruthy()
  })

  test('is not offered where the company takes none', async () => {
    const twin = new Twin({ person: inDebt() })
    twin.roads.offer = null
    const { unmount } = openApp(twin, '/promise')
    await reads('Обещанного платежа пока нет')
    unmount()
    openApp(twin, '/pay')
    await there('pay.links')
    expect(isHere('pay.promise')).toBe(false)
  })

  test('waits while it loads, and may be asked for again when it does not', async () => {
    const twin = new Twin({ person: inDebt(), troubles: { '/api/promises': 'hang' } })
    const { unmount } = openApp(twin, '/promise')
    await there('promise.wait')
    unmount()
    twin.troubles.set('/api/promises', { status: 503, code: 'unavailable' })
    openApp(twin, '/promise')
    await reads('Обещанный платёж не загрузился')
    twin.troubles.clear()
    await userEvent.click(here('promise.fault.retry'))
    await there('promise.submit')
    expect(textOf(here('promise'))).toContain('Обещанный платёж')
  })

  test('needs an account', async () => {
    openApp(new Twin({ person: withoutAccounts() }), '/promise')
    await reads('Открытых лицевых счетов в кабинете нет')
  })
})

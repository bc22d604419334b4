import { waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { afterEach, describe, expect, test } from 'vitest'
import { tokenOf } from '../parts/link-token.ts'
import { here, isFocused, isHere, openApp, reads, textOf, there } from '../testing/open-app.tsx'
import { HOME, inDebt, withoutAccounts } from '../twin/people.ts'
import { FULL } from '../twin/payments.ts'
import { TOKEN } from '../twin/roads.ts'
import type { TwinOptions } from '../twin/twin.ts'
import { Twin } from '../twin/twin.ts'

const calls = (twin: Twin, path: string) => twin.calls.filter((call) => call.method === 'POST' && call.path === path)

/** Somebody who has never been here opens a link. */
function opened(options: Partial<TwinOptions> = {}, token = TOKEN) {
  location.hash = token
  const twin = new Twin({ person: inDebt(), state: 'closed', ...options })
  return { twin, ...openApp(twin, '/l') }
}

afterEach(() => {
  location.hash = ''
  sessionStorage.clear()
})

describe('whoever holds a link', () => {
  test('pays the proposed amount without signing in, and is told how far it is', async () => {
    const { twin, address } = opened()
    const field = (await there('link.amount.field')) as HTMLInputElement
    expect(field.value.replaceAll('\u00a0', ' ')).toBe('1 234,50')
    expect(textOf(here('link.amount'))).toContain('Водоканал «Ключ», лицевой счёт ··· 4567')
    await userEvent.click(here('pay.submit'))
    await waitFor(() => {
      expect(twin.left).toEqual(['https://pay.example/checkout/8d1f'])
    })
    const [payment] = twin.roads.paid
    expect(address()).toBe(`/paid/${payment?.id ?? ''}`)
    expect(calls(twin, '/api/links/open/pay').map((call) => call.body)).toEqual([
      {
        token: TOKEN,
        key: expect.stringMatching(/^[0-9a-f-]{36}$/u) as string,
        method: 'card',
        amount: '1234.50',
        currency: 'RUB',
        locale: 'ru',
      },
    ])
    expect(twin.calls.some((call) => call.path.includes(TOKEN))).toBe(false)
    expect(tokenOf(payment?.id ?? '')).toBe(TOKEN)
  })

  test('changes the amount, and is asked again when it cannot be read or paid', async () => {
    const { twin } = opened()
    const field = await there('link.amount.field')
    await userEvent.clear(field)
    await userEvent.click(here('pay.submit'))
    await reads('Напишите сумму')
    await userEvent.type(field, 'сто')
    await userEvent.click(here('pay.submit'))
    await reads('Напишите сумму цифрами')
    expect(calls(twin, '/api/links/open/pay')).toEqual([])
    await userEvent.clear(field)
    await userEvent.click(field)
    await userEvent.paste('\u200b１\u00a0２３４，５０\u00a0₽')
    await userEvent.tab()
    expect((field as HTMLInputElement).value.replaceAll('\u00a0', ' ')).toBe('1 234,50')
    await userEvent.clear(field)
    await userEvent.type(field, '10')
    await userEvent.tab()
    await userEvent.click(here('pay.way.sbp'))
    twin.troubles.set('/api/links/open/pay', { status: 422, code: 'wrong-amount', least: 200_000, most: 900_000 })
    await userEvent.click(here('pay.submit'))
    await reads('Этим способом платят от')
    await isFocused('link.amount.field')
    twin.troubles.set('/api/links/open/pay', { status: 422, code: 'wrong-amount' })
    await userEvent.clear(field)
    await userEvent.type(field, '20')
    await userEvent.click(here('pay.submit'))
    await reads('Эту сумму принять нельзя')
    expect(document.activeElement).toBe(field)
  })

  test('is led back to the address of the receipt when the server does not take it', async () => {
    location.hash = TOKEN
    const twin = new Twin({ person: inDebt(), state: 'closed' })
    twin.roads.methods = [FULL]
    openApp(twin, '/l')
    const field = await there('pay.contact')
    await userEvent.type(field, 'anna@example.org')
    twin.troubles.set('/api/links/open/pay', { status: 422, code: 'wrong-contact' })
    await userEvent.click(here('pay.submit'))
    await reads('туда придёт чек')
    expect(document.activeElement).toBe(field)
  })

  test.each([
    ['unknown', 'something-else', {}],
    ['broken', '', { troubles: { '/api/links/open/look': { status: 400, code: 'bad-request' } } }],
  ])('that is %s is told the same', async (_name, token, options) => {
    opened(options, token)
    await reads('Ссылка не действует')
    expect(isHere('pay.submit')).toBe(false)
  })

  test('that ended meanwhile is told so when he pays', async () => {
    const { twin } = opened()
    await there('link.amount.field')
    twin.troubles.set('/api/links/open/pay', { status: 404, code: 'no-link' })
    twin.troubles.set('/api/links/open/look', { status: 404, code: 'no-link' })
    await userEvent.click(here('pay.submit'))
    await reads('Ссылка не действует')
  })

  test('is told when no way to pay is on, when the page does not load, and while it loads', async () => {
    const { twin, unmount } = opened({ troubles: { '/api/links/open/look': 'hang' } })
    await there('link.ways.loading')
    unmount()
    const away = opened({ troubles: { '/api/links/open/look': { status: 503, code: 'unavailable' } } })
    await reads('Страница оплаты не загрузилась')
    away.twin.troubles.clear()
    away.twin.roads.methods = []
    away.twin.roads.amount = null
    await userEvent.click(here('link.fault.retry'))
    await reads('Оплатить сейчас нельзя')
    expect(twin.left).toEqual([])
  })

  test('finds an empty field where nothing is proposed, and a pause where he is too fast', async () => {
    location.hash = TOKEN
    const twin = new Twin({ person: inDebt(), state: 'closed' })
    twin.roads.amount = null
    twin.roads.purpose = 'Подключение дачи'
    twin.troubles.set('/api/links/open/pay', { status: 429, code: 'throttled' })
    openApp(twin, '/l')
    const field = (await there('link.amount.field')) as HTMLInputElement
    expect(field.value).toBe('')
    expect(textOf(here('link.amount'))).toContain('лицевой счёт ··· 4567Подключение дачи')
    await userEvent.type(field, '50{Enter}')
    await reads('Слишком много попыток подряд')
  })
})

describe('whoever comes back from the payment system', () => {
  function back(changes: Parameters<Twin['roads']['put']>[0], options: Partial<TwinOptions> = {}) {
    const twin = new Twin({ person: inDebt(), state: 'closed', ...options })
    const payment = twin.roads.put(changes)
    return { twin, payment, ...openApp(twin, `/paid/${payment.id}`) }
  }

  test.each([
    ['confirmed', 'Оплачено, записываем на счёт'],
    ['posted', 'Оплачено'],
    ['review', 'Платёж проверяет сотрудник'],
    ['accepted', 'Ждём оплаты'],
  ] as const)('is told honestly that it is %s', async (state, words) => {
    back({ state, confirmed_at: state === 'accepted' ? null : new Date(0).toISOString() })
    await reads(words)
    expect(textOf(here('paid'))).not.toContain('4567')
  })

  test('tries again where the tab still has the link, and is told what to do where it has not', async () => {
    const { twin, payment, unmount } = back({ state: 'closed', ended: 'failed', reason: 'insufficient_funds' })
    await reads('откройте ссылку, которую вам прислали')
    expect(isHere('paid.again')).toBe(false)
    unmount()
    sessionStorage.setItem(`okno.link.${payment.id}`, TOKEN)
    const again = openApp(twin, `/paid/${payment.id}`)
    await userEvent.click(await there('paid.again'))
    expect(twin.left).toEqual([`/l#${TOKEN}`])
    again.unmount()
  })

  test('has nothing to find under another id, and may ask again when the server is away', async () => {
    const twin = new Twin({ person: inDebt(), state: 'closed' })
    const { unmount } = openApp(twin, '/paid/019aa6f0-0000-7000-8000-00000000dead')
    await reads('Такого платежа здесь нет')
    unmount()
    const away = back({ state: 'closed', ended: 'expired' }, { troubles: { '/api/links/open/payment': 'down' } })
    await reads('Нет связи с сервером')
    away.twin.troubles.clear()
    await userEvent.click(here('paid.fault.retry'))
    await reads('Время на оплату вышло')
  })

  test('waits while the payment system is asked, and is not sent to a list that he has not', async () => {
    const twin = new Twin({ person: inDebt(), state: 'closed' })
    twin.roads.go = null
    const payment = twin.roads.put({ accepted_at: new Date(0).toISOString() })
    openApp(twin, `/paid/${payment.id}`)
    await reads('Не закрывайте эту страницу')
  })

  test('is told that the server is away while what was known stays', async () => {
    const { twin } = back({ state: 'confirmed' })
    await reads('записываем на счёт')
    twin.troubles.set('/api/links/open/payment', 'down')
    window.dispatchEvent(new Event('visibilitychange'))
    await reads('Сервер не отвечает')
  })
})

describe('the customer', () => {
  test('makes a link from the page of payment, copies it once, and takes it back', async () => {
    const twin = new Twin({ person: inDebt() })
    openApp(twin, `/pay?account=${HOME}`)
    await userEvent.click(await there('pay.links'))
    const amount = (await there('links.amount')) as HTMLInputElement
    expect(amount.value.replaceAll('\u00a0', ' ')).toBe('1 234,50')
    await userEvent.click(here('links.days.30'))
    await userEvent.click(here('links.submit'))
    const address = (await there('links.address')) as HTMLInputElement
    expect(address.value).toBe(`${location.origin}/l#${TOKEN}`)
    expect(calls(twin, '/api/links').map((call) => call.body)).toEqual([{ account: HOME, amount: '1234.50', days: 30 }])
    const user = userEvent.setup()
    await user.click(here('links.copy'))
    await reads('Скопировано')
    expect(await navigator.clipboard.readText()).toBe(address.value)
    const [link] = twin.roads.links
    await userEvent.click(await there(`links.revoke.${link?.id ?? ''}`))
    await reads('По этой ссылке больше не заплатить')
    await userEvent.click(here('links.more'))
    await there('links.submit')
  })

  test('proposes no amount, and is asked again for one that cannot be read', async () => {
    const twin = new Twin({ person: inDebt() })
    openApp(twin, '/links')
    const amount = await there('links.amount')
    await userEvent.clear(amount)
    await userEvent.type(amount, 'сто')
    await userEvent.click(here('links.submit'))
    await reads('Напишите сумму цифрами')
    await userEvent.clear(amount)
    await userEvent.click(here('links.submit'))
    await there('links.address')
    expect(twin.roads.links[0]?.amount).toBe(null)
    await reads('Любая сумма')
  })

  test('sees what has come by each and which have ended', async () => {
    const twin = new Twin({ person: inDebt() })
    twin.roads.link({ state: 'expired' })
    twin.roads.link({ state: 'revoked', paid: '100.00' })
    openApp(twin, '/links')
    await reads('срок вышел')
    expect(textOf(here('links.made'))).toContain('отозвана, оплачено 100,00 ₽')
  })

  test.each([
    [{ status: 409, code: 'account-closed' }, 'Счёт уже закрыт'],
    [{ status: 400, code: 'bad-request' }, 'ссылок уже двадцать'],
    [{ status: 429, code: 'throttled' }, 'Слишком много ссылок подряд'],
    [{ status: 503, code: 'unavailable' }, 'Сервис сейчас не отвечает'],
  ])('is told why no link was made: %o', async (trouble, words) => {
    openApp(new Twin({ person: inDebt(), troubles: { 'POST /api/links': trouble } }), '/links')
    await userEvent.click(await there('links.submit'))
    await reads(words)
  })

  test('is told when links do not load or cannot be taken back, and when there is no account', async () => {
    const twin = new Twin({ person: inDebt(), troubles: { 'GET /api/links': { status: 503, code: 'unavailable' } } })
    const link = twin.roads.link()
    const { unmount } = openApp(twin, '/links')
    await reads('Ссылки не загрузились')
    twin.troubles.delete('GET /api/links')
    twin.troubles.set(`/api/links/${link.id}/revoke`, 'down')
    await userEvent.click(here('links.made.fault.retry'))
    await userEvent.click(await there(`links.revoke.${link.id}`))
    await reads('Нет связи с сервером')
    unmount()
    const empty = openApp(new Twin({ person: withoutAccounts() }), '/links')
    await reads('Открытых лицевых счетов в кабинете нет')
    empty.unmount()
    const away = new Twin({ person: inDebt(), troubles: { '/live/v1/overview': { status: 503, code: 'unavailable' } } })
    openApp(away, '/links')
    await there('links.fault.retry')
    away.troubles.clear()
    await userEvent.click(here('links.fault.retry'))
    await there('links.submit')
  })
})

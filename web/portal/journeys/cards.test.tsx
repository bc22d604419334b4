import { waitFor, within } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { describe, expect, test } from 'vitest'
import { here, isHere, openApp, reads, textOf, there } from '../testing/open-app.tsx'
import { inDebt } from '../twin/people.ts'
import { CARD, FULL, KEPT, OTHER, PAGE } from '../twin/payments.ts'
import { Twin, type TwinOptions } from '../twin/twin.ts'

function kept(options: Partial<TwinOptions> = {}) {
  const twin = new Twin({ person: inDebt(), ...options })
  twin.payments.methods = [FULL]
  twin.payments.cards = [KEPT, OTHER]
  return twin
}
const begun = (twin: Twin) => twin.calls.filter((call) => call.method === 'POST' && call.path === '/api/payments')
const way = async (id: string) => (await there(`pay.way.${id}`)) as HTMLInputElement
const rows = async () => within(await there('cards')).getAllByRole('listitem').map((row) => textOf(row))

describe('the cards that are kept', () => {
  test('say their term and which one comes first, and the other can', async () => {
    const twin = kept()
    openApp(twin, '/cards')
    await reads('Mir •• 4444')
    expect(await rows()).toEqual(['Mir •• 4444основная · до 12/30Удалить', 'Visa •• 1111до 12/30Сделать основнойУдалить'])
    await userEvent.click(here(`cards.default.${OTHER.id}`))
    await waitFor(async () => {
      expect((await rows())[0]).toBe('Visa •• 1111основная · до 12/30Удалить')
    })
  })

  test('are removed after one question; the next comes first', async () => {
    const twin = kept()
    openApp(twin, '/cards')
    await userEvent.click(await there(`cards.remove.${KEPT.id}`))
    await reads('Платить картой Mir •• 4444 без ввода данных больше не получится')
    await userEvent.click(here('cards.dialog.keep'))
    expect(twin.payments.cards).toHaveLength(2)
    await userEvent.click(here(`cards.remove.${KEPT.id}`))
    await userEvent.click(here('cards.dialog.remove'))
    await waitFor(async () => {
      expect(await rows()).toEqual(['Visa •• 1111основная · до 12/30Удалить'])
    })
  })

  test('out of date pay nothing and cannot come first', async () => {
    const twin = kept()
    twin.payments.cards = [{ ...KEPT, is_expired: true, is_default: false, expires: '2026-10' }]
    openApp(twin, '/cards')
    await reads('срок вышел в 10/26, заплатить ей нельзя')
    expect(isHere(`cards.default.${KEPT.id}`)).toBe(false)
  })

  test('may be none: the page says where they come from', async () => {
    const twin = kept()
    twin.payments.cards = []
    openApp(twin, '/cards')
    await reads('Отметьте «Запомнить карту» при оплате')
    await userEvent.click(here('cards.first'))
    await way('card')
  })

  test('of another kind than a bank card have a title alone', async () => {
    const twin = kept()
    twin.payments.cards = [{ ...KEPT, title: 'yoo_money', expires: null, is_default: false }]
    openApp(twin, '/cards')
    await reads('yoo_money')
    expect(await rows()).toEqual(['yoo_moneyСделать основнойУдалить'])
  })

  test('do not load: the way on', async () => {
    const twin = kept({ troubles: { '/api/payments/cards': { status: 503, code: 'unavailable' } } })
    openApp(twin, '/cards')
    await reads('Карты не загрузились')
    twin.troubles.clear()
    await userEvent.click(here('cards.fault.retry'))
    await reads('Mir •• 4444')
  })

  test.each<[string, NonNullable<TwinOptions['troubles']>[string], RegExp]>([
    ['trouble', { status: 503, code: 'unavailable' }, /Сервис сейчас не отвечает/u],
    ['an expired card', { status: 422, code: 'card-expired' }, /основной её не сделать/u],
  ])('are not changed because of %s, and the page says so', async (_name, trouble, words) => {
    const twin = kept({ troubles: { [`POST /api/payments/cards/${OTHER.id}/default`]: trouble } })
    openApp(twin, '/cards')
    await userEvent.click(await there(`cards.default.${OTHER.id}`))
    await waitFor(() => {
      expect(textOf(document.body)).toMatch(words)
    })
    expect(twin.payments.cards[0]).toBe(KEPT)
  })

  test('that are gone already leave the list without a word of fault', async () => {
    const twin = kept()
    openApp(twin, '/cards')
    await userEvent.click(await there(`cards.remove.${OTHER.id}`))
    twin.payments.cards = [KEPT]
    await userEvent.click(here('cards.dialog.remove'))
    await waitFor(async () => {
      expect(await rows()).toHaveLength(1)
    })
    expect(textOf(document.body)).not.toContain('не отвечает')
  })

  test('are found from the payments', async () => {
    const twin = kept()
    twin.payments.put()
    openApp(twin, '/payments')
    await userEvent.click(await there('payments.cards'))
    await reads('Mir •• 4444')
  })
})

describe('paying', () => {
  test('by the card that comes first: one press, no page', async () => {
    const twin = kept()
    twin.payments.go = null
    openApp(twin, '/pay')
    expect((await way(`card-${KEPT.id}`)).checked).toBe(true)
    expect(isHere('pay.save')).toBe(false)
    await userEvent.type(here('pay.contact'), 'anna@example.org')
    expect(textOf(here('pay.submit'))).toBe('Заплатить')
    await userEvent.click(here('pay.submit'))
    await reads('Готовим оплату')
    expect(begun(twin)[0]?.body).toMatchObject({ method: 'card', card: KEPT.id, contact: 'anna@example.org' })
    expect(begun(twin)[0]?.body).not.toHaveProperty('save_card')
    expect(twin.left).toEqual([])
  })

  test('by a kept card whose bank wants a confirmation leads to its page', async () => {
    const twin = kept()
    openApp(twin, '/pay')
    await userEvent.type(await there('pay.contact'), 'anna@example.org')
    await userEvent.click(here('pay.submit'))
    await waitFor(() => {
      expect(twin.left).toEqual([PAGE])
    })
  })

  test('keeps a card only after the payer has said so', async () => {
    const twin = kept()
    twin.payments.cards = []
    openApp(twin, '/pay')
    expect(((await there('pay.save')) as HTMLInputElement).checked).toBe(false)
    await userEvent.click(here('pay.save'))
    await userEvent.type(here('pay.contact'), '8 900 123-45-67')
    await userEvent.click(here('pay.submit'))
    await waitFor(() => {
      expect(begun(twin)[0]?.body).toMatchObject({ save_card: true, contact: '8 900 123-45-67' })
    })
  })

  test.each([
    ['', ['email', 'phone'], 'Почта или телефон для чека', 'Напишите почту или мобильный телефон: туда придёт чек'],
    ['анна', ['email'], 'Почта для чека', 'Напишите почту: туда придёт чек'],
    ['123', ['phone'], 'Телефон для чека', 'Напишите мобильный телефон: туда придёт чек'],
  ] as const)('%s is no place for a receipt: asked again beside the field, nothing is sent', async (text, receipt, label, words) => {
    const twin = kept()
    twin.payments.methods = [{ ...FULL, receipt: [...receipt] }]
    openApp(twin, '/pay')
    await reads(label)
    if (text) await userEvent.type(here('pay.contact'), text)
    await userEvent.click(here('pay.submit'))
    await reads(words)
    expect(document.activeElement).toBe(here('pay.contact'))
    expect(begun(twin)).toEqual([])
  })

  test('what the server cannot read as a contact is asked again, until it is changed', async () => {
    const twin = kept({ troubles: { 'POST /api/payments': { status: 422, code: 'wrong-contact' } } })
    openApp(twin, '/pay')
    await userEvent.type(await there('pay.contact'), '1 202 555 0143')
    await userEvent.click(here('pay.submit'))
    await reads('туда придёт чек')
    await userEvent.type(here('pay.contact'), '5')
    expect(textOf(here('pay.ways'))).not.toContain('туда придёт чек')
  })

  test.each<[string, NonNullable<TwinOptions['troubles']>[string], RegExp]>([
    ['expired meanwhile', { status: 422, code: 'card-expired' }, /Срок действия этой карты вышел/u],
    ['removed meanwhile', { status: 404, code: 'not-found' }, /среди сохранённых больше нет/u],
  ])('by a card that was %s says so beside the cards', async (_name, trouble, words) => {
    const twin = kept({ troubles: { 'POST /api/payments': trouble } })
    openApp(twin, '/pay')
    await userEvent.type(await there('pay.contact'), 'anna@example.org')
    await userEvent.click(here('pay.submit'))
    await waitFor(() => {
      expect(textOf(here('pay.ways'))).toMatch(words)
    })
    expect(textOf(here('pay.amounts'))).not.toContain('больше не доступен')
    expect(textOf(document.body)).not.toContain('не отвечает')
  })

  test('offers neither an expired card nor a way that is off, and says why', async () => {
    const twin = kept()
    twin.payments.cards = [{ ...KEPT, is_expired: true }]
    twin.payments.methods = [FULL, { ...CARD, id: 'shut', off: { ru: 'Чинят до пятницы', en: 'Under repair' } }]
    openApp(twin, '/pay')
    expect((await way(`card-${KEPT.id}`)).disabled).toBe(true)
    expect((await way('shut')).disabled).toBe(true)
    expect((await way('card')).checked).toBe(true)
    expect(textOf(here('pay.ways'))).toMatch(/срок действия вышел.*Чинят до пятницы/u)
  })

  test('goes on without the cards if they do not come', async () => {
    const twin = kept({ troubles: { '/api/payments/cards': { status: 503, code: 'unavailable' } } })
    openApp(twin, '/pay')
    expect((await way('card')).checked).toBe(true)
  })
})

describe('the receipt', () => {
  const receipt = { state: 'asked', contact: 'a···@example.org', number: '', drive: '', sign: '', registered_at: null, link: '' } as const
  const paid = { state: 'confirmed', confirmed_at: new Date(0).toISOString() } as const

  test('is announced once the money is there', async () => {
    const twin = kept()
    const payment = twin.payments.put({ receipt })
    openApp(twin, `/payments/${payment.id}`)
    await reads('Ждём оплаты')
    expect(isHere('payment.receipt')).toBe(false)
    twin.payments.confirm(payment)
    await reads('Чек придёт на a···@example.org')
  })

  test.each([
    ['2026-11-27T12:00:00Z', /Чек отправлен на a···@example\.org.*38211.*9999078900004312.*1234567890.*Пробит/u],
    [null, /Чек отправлен на a···@example\.org.*38211.*9999078900004312.*1234567890$/u],
  ])('shows the numbers that it is checked by (at %s)', async (at, words) => {
    const twin = kept()
    const told = { ...receipt, state: 'registered', number: '38211', drive: '9999078900004312', sign: '1234567890', registered_at: at } as const
    const payment = twin.payments.put({ ...paid, receipt: told })
    openApp(twin, `/payments/${payment.id}`)
    expect(textOf(await there('payment.receipt'))).toMatch(words)
  })

  test('leads to its copy where the payment system names one', async () => {
    const twin = kept()
    const told = { ...receipt, state: 'registered', number: '1', drive: '2', sign: '3', link: 'https://ofd.example/1' } as const
    const payment = twin.payments.put({ ...paid, receipt: told })
    openApp(twin, `/payments/${payment.id}`)
    expect((await there('payment.receipt.copy')).getAttribute('href')).toBe('https://ofd.example/1')
  })

  test('that failed is known of, and nothing is asked of the payer', async () => {
    const twin = kept()
    const payment = twin.payments.put({ ...paid, receipt: { ...receipt, state: 'failed' } })
    openApp(twin, `/payments/${payment.id}`)
    await reads('Мы об этом знаем')
  })
})

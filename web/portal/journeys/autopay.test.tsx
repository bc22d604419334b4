import { waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { describe, expect, test } from 'vitest'
import { here, isHere, openApp, reads, textOf, there } from '../testing/open-app.tsx'
import { COTTAGE, HOME, inDebt, twoAccounts } from '../twin/people.ts'
import { CARD, FULL, KEPT, OTHER } from '../twin/payments.ts'
import { Twin, type TwinOptions } from '../twin/twin.ts'

function kept(options: Partial<TwinOptions> = {}) {
  const twin = new Twin({ person: inDebt(), ...options })
  twin.payments.methods = [FULL]
  twin.payments.cards = [KEPT, OTHER]
  return twin
}
const made = (twin: Twin) => twin.calls.filter((call) => call.method === 'POST' && call.path === '/api/autopay')
const text = () => textOf(here('autopay'))

async function fill(ceiling: string, contact = 'anna@example.org') {
  await userEvent.type(await there('autopay.ceiling'), ceiling)
  if (contact) await userEvent.type(here('autopay.contact'), contact)
  await userEvent.click(here('autopay.make'))
}

describe('a rule is made', () => {
  test('from nothing: when there is a debt, by the card that comes first, up to a ceiling', async () => {
    const twin = kept()
    openApp(twin, '/autopay')
    await userEvent.click(await there('autopay.first'))
    await reads('За день до каждого списания придёт СМС')
    await fill('5 000')
    await reads('Платит долг на следующий день')
    expect(made(twin)[0]?.body).toEqual({
      account: HOME,
      card: KEPT.id,
      kind: 'debt',
      day: null,
      ceiling: '5000.00',
      contact: 'anna@example.org',
      locale: 'ru',
    })
    expect(text()).toMatch(/не больше 5 000,00 ₽.*за раз, картой Mir •• 4444/u)
    expect(isHere('autopay.more')).toBe(false)
  })

  test('for one of several accounts, each month, by another card', async () => {
    const twin = kept({ person: twoAccounts() })
    openApp(twin, '/autopay')
    await userEvent.click(await there('autopay.first'))
    await userEvent.click(await there(`autopay.account.${COTTAGE}`))
    await userEvent.click(here('autopay.kind.day'))
    await userEvent.click(here(`autopay.card.${OTHER.id}`))
    await userEvent.type(here('autopay.day'), '5')
    await fill('100')
    await reads('Платит долг 5-го числа каждого месяца')
    expect(made(twin)[0]?.body).toMatchObject({ account: COTTAGE, card: OTHER.id, kind: 'day', day: 5 })
    await userEvent.click(here('autopay.more'))
    await there('autopay.ceiling')
    expect(isHere(`autopay.account.${COTTAGE}`)).toBe(false)
    await userEvent.click(here('autopay.back'))
    await reads('5-го числа')
  })

  test('without a contact where the way makes no receipt', async () => {
    const twin = kept()
    twin.payments.methods = [{ ...CARD, saves: true }]
    openApp(twin, '/autopay')
    await userEvent.click(await there('autopay.first'))
    await fill('100', '')
    await reads('Платит долг')
    expect(made(twin)[0]?.body).toMatchObject({ contact: '' })
  })

  test.each([
    ['day', '29', 'Напишите число от 1 до 28'],
    ['day', '', 'Напишите число от 1 до 28'],
    ['ceiling', 'сто', 'Напишите сумму цифрами'],
    ['contact', 'анна', 'Напишите почту или мобильный телефон'],
  ])('not with a wrong %s (%s): asked again at its field, nothing is sent', async (field, typed, words) => {
    const twin = kept()
    openApp(twin, '/autopay')
    await userEvent.click(await there('autopay.first'))
    await userEvent.click(await there('autopay.kind.day'))
    const right = { day: '5', ceiling: '100', contact: 'anna@example.org', [field]: typed }
    for (const name of ['day', 'ceiling', 'contact'] as const) {
      if (right[name]) await userEvent.type(here(`autopay.${name}`), right[name])
    }
    await userEvent.click(here('autopay.make'))
    await reads(words)
    expect(document.activeElement).toBe(here(`autopay.${field}`))
    expect(made(twin)).toEqual([])
  })

  test.each<[string, NonNullable<TwinOptions['troubles']>[string], RegExp]>([
    ['limits', { status: 422, code: 'wrong-amount', least: 1000, most: 200_000 }, /от 10,00 ₽ до 2 000,00 ₽/u],
    ['a sum', { status: 422, code: 'wrong-amount' }, /Эту сумму принять нельзя/u],
    ['a contact', { status: 422, code: 'wrong-contact' }, /туда придёт чек/u],
    ['a card', { status: 422, code: 'card-expired' }, /сейчас не включить/u],
    ['trouble', { status: 503, code: 'unavailable' }, /не отвечает/u],
    ['no network', 'down', /Нет связи/u],
  ])('not because of %s: the page says so, and what was typed stays', async (_name, trouble, words) => {
    const twin = kept({ troubles: { 'POST /api/autopay': trouble } })
    openApp(twin, '/autopay')
    await userEvent.click(await there('autopay.first'))
    await fill('5000')
    await waitFor(() => {
      expect(text()).toMatch(words)
    })
    twin.troubles.clear()
    await userEvent.type(here('autopay.ceiling'), '{Backspace}')
    expect(text()).not.toMatch(words)
    expect(twin.autopay.rules).toEqual([])
  })

  test('never without a card: the page says where one comes from', async () => {
    const twin = kept()
    twin.payments.cards = [{ ...KEPT, is_expired: true }]
    openApp(twin, '/autopay')
    await reads('Для этого нужна сохранённая карта')
    expect(isHere('autopay.first')).toBe(false)
    await userEvent.click(here('autopay.pay'))
    await there('pay.submit')
  })
})

describe('a rule', () => {
  test('shows the charge before it is made, and one press stops it', async () => {
    const twin = kept()
    const rule = twin.autopay.put({ turn: twin.autopay.turn() })
    openApp(twin, '/autopay')
    await there(`autopay.stop.${rule.id}`)
    expect(text()).toMatch(/16 марта спишем 1 234,50 ₽/u)
    await userEvent.click(here(`autopay.stop.${rule.id}`))
    await waitFor(() => {
      expect(text()).toMatch(/Списание 1 234,50 ₽.*вы отменили/u)
    })
    expect(isHere(`autopay.stop.${rule.id}`)).toBe(false)
  })

  test('rests and goes on', async () => {
    const twin = kept()
    const rule = twin.autopay.put({ turn: twin.autopay.turn() })
    openApp(twin, '/autopay')
    await userEvent.click(await there(`autopay.pause.${rule.id}`))
    await reads('приостановлен')
    expect(text()).toContain('вы отменили')
    await userEvent.click(here(`autopay.resume.${rule.id}`))
    await there(`autopay.pause.${rule.id}`)
  })

  test('ends after one question', async () => {
    const twin = kept()
    const rule = twin.autopay.put()
    openApp(twin, '/autopay')
    await userEvent.click(await there(`autopay.end.${rule.id}`))
    await userEvent.click(here('autopay.dialog.keep'))
    expect(twin.autopay.rules).toHaveLength(1)
    await userEvent.click(here(`autopay.end.${rule.id}`))
    await userEvent.click(here('autopay.dialog.end'))
    await reads('Счета могут оплачиваться сами')
  })

  test.each([
    ['charging', '', /Списываем 1 234,50 ₽/u],
    ['paid', '', /16 марта списали 1 234,50 ₽/u],
    ['failed', 'refused', /банк отказал/u],
    ['skipped', 'ceiling', /больше вашего предела.*Оплатить/u],
    ['skipped', 'card-expired', /срок действия карты вышел/u],
    ['skipped', 'card-gone', /карта удалена/u],
    ['skipped', 'rule-off', /был приостановлен/u],
    ['skipped', 'nothing-owed', /Долга уже не было/u],
  ] as const)('says what became of its charge: %s %s', async (state, reason, words) => {
    const twin = kept()
    const payment = state === 'paid' ? twin.payments.put().id : null
    const rule = twin.autopay.put({ turn: twin.autopay.turn({ state, reason, payment }) })
    openApp(twin, '/autopay')
    await waitFor(() => {
      expect(textOf(document.body)).toMatch(words)
    })
    expect(isHere(`autopay.payment.${rule.id}`)).toBe(state === 'paid')
  })

  test.each<[string, NonNullable<TwinOptions['troubles']>[string], RegExp]>([
    ['it has begun', { status: 409, code: 'wrong-step' }, /За это время всё изменилось/u],
    ['its card is gone', { status: 404, code: 'not-found' }, /Этой картой платить уже нельзя/u],
    ['trouble', { status: 503, code: 'unavailable' }, /не отвечает/u],
  ])('cannot be changed because %s: the page says so', async (_name, trouble, words) => {
    const twin = kept()
    const rule = twin.autopay.put()
    twin.troubles.set(`POST /api/autopay/${rule.id}/pause`, trouble)
    openApp(twin, '/autopay')
    await userEvent.click(await there(`autopay.pause.${rule.id}`))
    await waitFor(() => {
      expect(textOf(document.body)).toMatch(words)
    })
  })
})

test.each(['/api/autopay', '/api/payments/cards', '/api/payments/methods', '/live/v1/overview'])(
  'without %s there is the way on',
  async (path) => {
    const twin = kept({ troubles: { [path]: { status: 503, code: 'unavailable' } } })
    openApp(twin, '/autopay')
    await reads('Автоплатёж не загрузился')
    twin.troubles.clear()
    await userEvent.click(here('autopay.fault.retry'))
    await there('autopay.first')
  },
)

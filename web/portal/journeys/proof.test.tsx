import { waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { describe, expect, test } from 'vitest'
import { here, isHere, openApp, reads, textOf, there } from '../testing/open-app.tsx'
import { inDebt } from '../twin/people.ts'
import { FULL, KEPT, OTHER } from '../twin/payments.ts'
import { CODE, PASSWORD, Twin, type TwinOptions } from '../twin/twin.ts'

/** Somebody whose last proof is too old. */
function unproved(options: Partial<TwinOptions> = {}) {
  const twin = new Twin({ person: inDebt(), ...options })
  twin.payments.methods = [FULL]
  twin.payments.cards = [KEPT, OTHER]
  twin.proof.isProved = false
  return twin
}
const asked = (twin: Twin, method: string, path: string) =>
  twin.calls.filter((call) => call.method === method && call.path === path).length
const isOpen = () => (here('proof') as HTMLDialogElement).open
const dialog = () => textOf(here('proof'))

async function toCode(password = PASSWORD) {
  await userEvent.type(await there('proof.password'), password)
  await userEvent.click(here('proof.submit'))
}

describe('a fresh proof', () => {
  test('is asked before auto-payment is turned on; then the same wish goes again, and nothing is typed twice', async () => {
    const twin = unproved()
    openApp(twin, '/autopay')
    await userEvent.click(await there('autopay.first'))
    await userEvent.type(await there('autopay.ceiling'), '5 000')
    await userEvent.type(here('autopay.contact'), 'anna@example.org')
    await userEvent.click(here('autopay.make'))
    await reads('Подтвердите, что это вы')
    expect(document.activeElement).toBe(await there('proof.password'))
    expect((here('autopay.ceiling') as HTMLInputElement).value).toBe('5 000')
    await toCode()
    await reads(`Отправили на`)
    expect(document.activeElement).toBe(await there('proof.code'))
    await userEvent.type(here('proof.code'), CODE)
    await reads('Платит долг на следующий день')
    expect(isOpen()).toBe(false)
    expect(asked(twin, 'POST', '/api/autopay')).toBe(2)
    expect(twin.autopay.rules).toHaveLength(1)
  })

  test('is asked before a resting rule goes on, not before it rests or ends', async () => {
    const twin = unproved()
    const rule = twin.autopay.put()
    openApp(twin, '/autopay')
    await userEvent.click(await there(`autopay.pause.${rule.id}`))
    await userEvent.click(await there(`autopay.resume.${rule.id}`))
    await toCode()
    await userEvent.type(await there('proof.code'), CODE)
    await there(`autopay.pause.${rule.id}`)
    twin.proof.isProved = false
    await userEvent.click(here(`autopay.end.${rule.id}`))
    await userEvent.click(here('autopay.dialog.end'))
    await there('autopay.first')
    expect(isOpen()).toBe(false)
  })

  test.each([
    ['another comes first', `cards.default.${OTHER.id}`, null],
    ['one is removed', `cards.remove.${KEPT.id}`, 'cards.dialog.remove'],
  ])('is asked before, of the cards, %s', async (_name, button, sure) => {
    const twin = unproved()
    openApp(twin, '/cards')
    await userEvent.click(await there(button))
    if (sure) await userEvent.click(here(sure))
    await toCode()
    expect(twin.payments.cards).toEqual([KEPT, OTHER])
    await userEvent.type(await there('proof.code'), CODE)
    await waitFor(() => {
      expect(twin.payments.cards[0]?.id).toBe(OTHER.id)
    })
    expect(isOpen()).toBe(false)
  })

  test('may be put off: nothing is changed and nothing is said of a fault', async () => {
    const twin = unproved()
    openApp(twin, '/cards')
    await userEvent.click(await there(`cards.default.${OTHER.id}`))
    await userEvent.click(await there('proof.later'))
    await waitFor(() => {
      expect(isOpen()).toBe(false)
    })
    expect(twin.payments.cards[0]).toBe(KEPT)
    expect(isHere('proof.password')).toBe(false)
    expect(textOf(document.body)).not.toMatch(/не отвечает|не сделать/u)
    // Begun anew, it begins with the password.
    await userEvent.click(here(`cards.default.${OTHER.id}`))
    await there('proof.password')
  })

  test('wants both: a wrong password sends no code, an empty one is not sent', async () => {
    const twin = unproved()
    openApp(twin, '/cards')
    await userEvent.click(await there(`cards.default.${OTHER.id}`))
    await userEvent.click(await there('proof.submit'))
    await reads('Напишите пароль')
    expect(asked(twin, 'POST', '/api/session/proof')).toBe(0)
    await toCode('wrong')
    await reads('Пароль не подошёл')
    expect(isHere('proof.code')).toBe(false)
  })

  test('counts tries of the code; after the last the way in is shown', async () => {
    const twin = unproved()
    openApp(twin, '/cards')
    await userEvent.click(await there(`cards.default.${OTHER.id}`))
    await toCode()
    await userEvent.type(await there('proof.code'), '111111')
    await reads('Осталось 2 попытки')
    for (const code of ['222222', '333333']) {
      await userEvent.clear(here('proof.code'))
      await userEvent.type(here('proof.code'), code)
    }
    await there('screen.login')
    expect(twin.payments.cards[0]).toBe(KEPT)
  })

  test('sends another code after a while', async () => {
    let now = 0
    const twin = unproved({ now: () => now })
    openApp(twin, '/cards', () => now)
    await userEvent.click(await there(`cards.default.${OTHER.id}`))
    await toCode()
    await there('proof.code')
    expect(dialog()).toMatch(/Новый код можно запросить через/u)
    now += 31_000
    await waitFor(() => here('proof.resend'), { timeout: 3000 })
    await userEvent.click(here('proof.resend'))
    await waitFor(() => {
      expect(dialog()).toMatch(/Новый код можно запросить через/u)
    })
    expect(asked(twin, 'POST', '/api/session/proof/code/resend')).toBe(1)
  })

  test.each<[string, string, NonNullable<TwinOptions['troubles']>[string], RegExp]>([
    ['too many tries', '/api/session/proof', { status: 429, code: 'throttled', retryAfterS: 90 }, /короткий перерыв/u],
    ['trouble', '/api/session/proof', { status: 503, code: 'unavailable' }, /не отвечает/u],
    ['no network', '/api/session/proof', 'down', /Нет связи/u],
    ['an old code', '/api/session/proof/code', { status: 410, code: 'code-expired' }, /больше не действует/u],
    ['many codes', '/api/session/proof/code', { status: 429, code: 'throttled' }, /Слишком много попыток/u],
    ['trouble at the code', '/api/session/proof/code', { status: 503, code: 'unavailable' }, /не отвечает/u],
  ])('says what is the matter in its own place: %s', async (_name, path, trouble, words) => {
    const twin = unproved({ troubles: { [`POST ${path}`]: trouble } })
    openApp(twin, '/cards')
    await userEvent.click(await there(`cards.default.${OTHER.id}`))
    await toCode()
    if (path.endsWith('code')) await userEvent.type(await there('proof.code'), CODE)
    await waitFor(() => {
      expect(dialog()).toMatch(words)
    })
    expect(isOpen()).toBe(true)
    expect(twin.payments.cards[0]).toBe(KEPT)
  })

  test('of a session that has ended meanwhile leads to the way in', async () => {
    const twin = unproved({ troubles: { 'POST /api/session/proof': { status: 401, code: 'no-session' } } })
    openApp(twin, '/cards')
    await userEvent.click(await there(`cards.default.${OTHER.id}`))
    await toCode()
    await there('screen.login')
  })
})

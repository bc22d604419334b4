import { waitFor } from '@testing-library/react'
import userEvent from '@testing-library/user-event'
import { describe, expect, test, vi } from 'vitest'
import type { Paper } from '../data/types.ts'
import { here, isHere, openApp, reads, textOf, there } from '../testing/open-app.tsx'
import { allPaid, closed, HOME, inDebt, withoutAccounts } from '../twin/people.ts'
import { Twin } from '../twin/twin.ts'

const ASK = `POST /api/accounts/${HOME}/documents`
const OCTOBER = { first: '2026-10-01', last: '2026-10-31' }

function standing(changes: Partial<Paper>) {
  const twin = new Twin({ person: inDebt() })
  const paper = twin.papers.put(changes)
  return { twin, paper, at: `/documents/${paper.id}` }
}

const asked = (twin: Twin) => twin.calls.filter((call) => `${call.method} ${call.path}` === ASK).map((call) => call.body)

describe('a slip', () => {
  test('proposes the debt, is prepared, shown as it prints, and printed by the browser', async () => {
    const twin = new Twin({ person: inDebt() })
    const print = vi.spyOn(window, 'print').mockImplementation(() => undefined)
    const { address } = openApp(twin)
    await userEvent.click(await there('overview.slip'))
    expect((await there('documents.amount')).getAttribute('value')).toBe('1\u00a0234,50')
    await userEvent.click(here('documents.ask'))
    await reads('Готовим документ')
    expect(asked(twin)).toEqual([{ kind: 'slip', amount: '1234.50' }])
    await there('document.print')
    expect(address()).toBe(`/documents/${twin.papers.all[0]?.id ?? ''}`)
    const sheet = document.querySelector<HTMLElement>('[data-paper="slip"]')
    expect(sheet?.querySelectorAll('svg[role=img]')).toHaveLength(2)
    expect(sheet?.textContent.match(/40702810600000000001/gu)).toHaveLength(2)
    expect(here('document.slip.pdf').getAttribute('href')).toBe(`/api/documents/${twin.papers.all[0]?.id ?? ''}/file?form=pdf`)
    expect(textOf(here('document'))).toContain('Скачать можно до 22 декабря')
    await userEvent.click(here('document.print'))
    expect(print).toHaveBeenCalledOnce()
  })

  test.each([
    ['', 'оставьте её для записи от руки'],
    ['сто', 'цифрами'],
    ['1,234', 'не больше двух цифр'],
    ['0', 'больше нуля'],
    ['-5', 'больше нуля'],
    ['１００²', 'цифрами'],
    ['1000000000000000', 'десяти миллионов'],
  ])('for %j is not asked for: %s', async (text, words) => {
    const twin = new Twin({ person: allPaid() })
    openApp(twin, '/documents/new/slip')
    const field = await there('documents.amount')
    if (text) await userEvent.type(field, text)
    await userEvent.click(here('documents.ask'))
    await reads(words)
    expect(document.activeElement).toBe(field)
    expect(asked(twin)).toEqual([])
  })

  test('over what the server takes says so at the field, and another sum goes through', async () => {
    const twin = new Twin({ person: allPaid() })
    openApp(twin, '/documents/new/slip')
    await userEvent.type(await there('documents.amount'), '10000001{Enter}')
    await reads('до десяти миллионов')
    await userEvent.type(here('documents.amount'), '{Backspace}{Enter}')
    await there('document.print')
    expect(asked(twin).at(-1)).toEqual({ kind: 'slip', amount: '1000000.00' })
  })

  test('may leave the sum to be written by hand', async () => {
    const twin = new Twin({ person: inDebt() })
    openApp(twin, '/documents/new/slip')
    await userEvent.click(await there('documents.blank'))
    expect(isHere('documents.amount')).toBe(false)
    await userEvent.click(here('documents.ask'))
    await there('document.print')
    expect(asked(twin)).toEqual([{ kind: 'slip' }])
  })

  test('of a closed account is not offered', async () => {
    const twin = new Twin({ person: closed() })
    const first = openApp(twin, '/documents')
    await there('documents.statement')
    expect(isHere('documents.slip')).toBe(false)
    first.unmount()
    openApp(twin, '/documents/new/slip')
    await reads('Счёт закрыт, квитанции на него не выдаются')
    expect(isHere('documents.ask')).toBe(false)
  })

  test('of an account that was closed meanwhile is refused in words, and the sum stays', async () => {
    const twin = new Twin({ person: inDebt(), troubles: { [ASK]: { status: 409, code: 'account-closed' } } })
    openApp(twin, '/documents/new/slip')
    await userEvent.click(await there('documents.ask'))
    await reads('Счёт закрыт, квитанции на него не выдаются')
    expect(here('documents.amount').getAttribute('value')).toBe('1\u00a0234,50')
    await userEvent.click(here('documents.blank'))
    await userEvent.click(here('documents.blank'))
    expect(textOf(here('documents.form'))).not.toContain('Счёт закрыт')
  })

  test('warns of another payee, and one that is outdated is not for printing', async () => {
    const { twin, at } = standing({})
    twin.papers.payees = 'changed'
    const first = openApp(twin, at)
    await reads('старую выбросьте')
    first.unmount()
    twin.papers.payees = 'outdated'
    openApp(twin, at)
    await reads('не по этой')
    expect(isHere('document.print')).toBe(false)
    expect(here('document.slip.new').getAttribute('href')).toBe(`/documents/new/slip?account=${HOME}`)
  })

  test('of a payee with a static link has its code on both halves, and says what to write oneself', async () => {
    const { twin, at } = standing({})
    twin.papers.sbp = true
    openApp(twin, at)
    await there('document.print')
    const sheet = document.querySelector<HTMLElement>('[data-paper="slip"]')
    expect(sheet?.querySelectorAll('svg[role=img]')).toHaveLength(4)
    expect(sheet?.textContent.match(/номер лицевого счёта в сообщении впишите сами/gu)).toHaveLength(2)
  })

  test('keeps its form in Russian for whoever reads English, and says so', async () => {
    const { twin, at } = standing({})
    openApp(twin, at)
    await there('document.print')
    expect(textOf(here('document'))).not.toContain('на русском языке')
    await userEvent.click(here('view.open'))
    await userEvent.click(await there('view.language.en'))
    await reads('that is how banks take it')
    const sheet = document.querySelector<HTMLElement>('[data-paper="slip"]')
    expect(sheet?.textContent).toContain('наименование получателя платежа')
    expect(sheet?.textContent).toContain('cut here')
    expect(sheet?.textContent).not.toContain('линия отреза')
  })

  test('that does not load is asked for again', async () => {
    const { twin, paper, at } = standing({})
    twin.troubles.set(`/api/documents/${paper.id}/slip`, { status: 503, code: 'unavailable' })
    openApp(twin, at)
    await reads('Квитанция не загрузилась')
    twin.troubles.clear()
    await userEvent.click(here('document.slip.fault.retry'))
    await there('document.print')
  })
})

describe('a statement', () => {
  test('is of a period in sight, and comes as PDF and as tables', async () => {
    const twin = new Twin({ person: inDebt() })
    openApp(twin, '/operations')
    await userEvent.click(await there('operations.statement'))
    await reads('октябрь 2026')
    await userEvent.click(here('documents.period.last-year'))
    await reads('с 1 января 2025')
    await userEvent.click(here('documents.ask'))
    for (const form of ['pdf', 'xlsx', 'csv']) {
      expect((await there(`document.${form}`)).getAttribute('href')).toMatch(new RegExp(`form=${form}$`, 'u'))
    }
    expect(asked(twin)).toEqual([{ kind: 'statement', first: '2025-01-01', last: '2025-12-31' }])
  })

  test.each([
    ['2026-11-10', '2026-11-01', 'Первый день позже'],
    ['2026-12-01', '2026-12-02', 'ещё не наступил'],
    ['2025-01-01', '2026-11-01', 'не больше года'],
    ['', '2026-11-01', 'Укажите первый'],
    ['2026-11-01', '', 'Укажите последний'],
  ])('of own days from %j to %j is refused: %s', async (first, last, words) => {
    const twin = new Twin({ person: inDebt() })
    openApp(twin, '/documents/new/statement')
    await userEvent.click(await there('documents.period.own'))
    for (const [guide, day] of [['documents.first', first], ['documents.last', last]] as const) {
      await userEvent.clear(here(guide))
      if (day) await userEvent.type(here(guide), day)
    }
    await userEvent.click(here('documents.ask'))
    await reads(words)
    expect(asked(twin)).toEqual([])
  })

  test('that takes long says so, survives a silent server, and is there without a reload', async () => {
    const { twin, paper, at } = standing({ kind: 'statement', ...OCTOBER, state: 'asked' })
    twin.papers.looks = Infinity
    openApp(twin, at)
    await reads('Страницу можно закрыть')
    twin.troubles.set(`/api/documents/${paper.id}`, 'down')
    await reads('спросим ещё раз сами')
    twin.troubles.clear()
    twin.papers.looks = 0
    await there('document.xlsx')
  })

  test.each([
    ['period-wrong', 422, 'не больше года'],
    ['not-found', 404, 'сейчас не доступен'],
    ['unavailable', 503, 'Код: 503'],
    ['throttled', 429, 'короткий перерыв'],
  ])('that the server does not take (%s) says why', async (code, status, words) => {
    const twin = new Twin({ person: inDebt(), troubles: { [ASK]: { status, code } } })
    openApp(twin, '/documents/new/statement')
    await userEvent.click(await there('documents.ask'))
    await reads(words)
  })

  test.each([
    ['statement', 'period-too-large', 'Выберите период короче, например месяц', 'statement'],
    ['reconciliation', 'period-too-large', 'Выбрать другой период', 'reconciliation'],
    ['statement', 'no-answer', 'через несколько минут', 'statement'],
    ['slip', 'no-answer', 'через несколько минут', 'slip'],
    ['slip', 'payee-wrong', 'не стали его выдавать', 'slip'],
    ['bill', 'bill-unknown', 'Выставленных счетов пока нет', 'slip'],
  ] as const)('%s that failed with %s says why, and the next step', async (kind, trouble, words, again) => {
    const { twin, at } = standing({ kind, state: 'failed', trouble })
    openApp(twin, at)
    await reads(words)
    expect(here('document.again').getAttribute('href')).toBe(`/documents/new/${again}?account=${HOME}`)
  })
})

describe('the list', () => {
  test('has the newest first and leads to each; the latest bill is one press away', async () => {
    const twin = new Twin({ person: inDebt() })
    twin.papers.put({ amount: '10.00' })
    twin.papers.put({ kind: 'statement', ...OCTOBER, state: 'failed' })
    openApp(twin)
    await userEvent.click(await there('nav.documents'))
    await there('documents.row.0051')
    const rows = [...document.querySelectorAll('[data-guide^="documents.row"]')].map((row) => textOf(row as HTMLElement))
    expect(rows).toEqual([
      'Выписка по счётуоктябрь 2026сегодня в 12:04не получилось',
      'Квитанция на оплату10,00 ₽10,00 ₽сегодня в 12:04готово',
    ])
    await userEvent.click(here('documents.bill'))
    await waitFor(() => {
      expect(asked(twin)).toEqual([{ kind: 'bill' }])
    })
    await there('document.pdf')
  })

  test('that is empty invites; without an account, or away, it says so', async () => {
    const first = openApp(new Twin({ person: withoutAccounts() }), '/documents')
    await reads('Счёта в кабинете пока нет')
    first.unmount()
    const form = openApp(new Twin({ person: withoutAccounts() }), '/documents/new/statement')
    await there('documents.form.overview')
    form.unmount()
    const twin = new Twin({ person: inDebt(), troubles: { [`/api/accounts/${HOME}/documents`]: 'down' } })
    openApp(twin, '/documents')
    await reads('Нет связи с сервером')
    twin.troubles.clear()
    await userEvent.click(here('documents.fault.retry'))
    await reads('Здесь появятся ваши документы')
    twin.troubles.set(ASK, { status: 503, code: 'unavailable' })
    await userEvent.click(here('documents.bill'))
    await reads('Счёт сейчас не запросить')
  })

  test('and its form find their account again after a fault', async () => {
    const twin = new Twin({ person: inDebt(), troubles: { '/live/v1/overview': { status: 503, code: 'unavailable' } } })
    const first = openApp(twin, '/documents')
    await there('documents.fault.retry')
    twin.troubles.clear()
    await userEvent.click(here('documents.fault.retry'))
    await reads('Здесь появятся ваши документы')
    first.unmount()
    twin.troubles.set('/live/v1/overview', { status: 503, code: 'unavailable' })
    openApp(twin, '/documents/new/slip')
    await there('documents.form.fault.retry')
    twin.troubles.clear()
    await userEvent.click(here('documents.form.fault.retry'))
    await there('documents.ask')
  })
})

test('a document that is not there, or does not load, says so with a step', async () => {
  const { twin, paper, at } = standing({})
  const first = openApp(twin, '/documents/019aa6f0-0000-7000-8000-00000000dead')
  await reads('Такого документа здесь нет')
  first.unmount()
  twin.troubles.set(`/api/documents/${paper.id}`, { status: 503, code: 'unavailable' })
  openApp(twin, at)
  await reads('Документ не загрузился')
  twin.troubles.clear()
  await userEvent.click(here('document.fault.retry'))
  await there('document.print')
})

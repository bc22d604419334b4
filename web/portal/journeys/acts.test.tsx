import userEvent from '@testing-library/user-event'
import { describe, expect, test } from 'vitest'
import { nextAppealsAskMs } from '../data/papers.ts'
import type { Paper } from '../data/types.ts'
import { here, isHere, openApp, reads, textOf, there } from '../testing/open-app.tsx'
import { inDebt, NOW } from '../twin/people.ts'
import { ACT } from '../twin/papers.ts'
import { Twin } from '../twin/twin.ts'

const OCTOBER = { first: '2026-10-01', last: '2026-10-31' }

function standing(changes: Partial<Paper>) {
  const twin = new Twin({ person: inDebt() })
  const paper = twin.papers.put(changes)
  return { twin, paper, at: `/documents/${paper.id}` }
}

describe('an act', () => {
  test('lets a line be disagreed with once, and shows what became of it', async () => {
    const { twin, paper, at } = standing({ kind: 'reconciliation', ...OCTOBER })
    const first = openApp(twin, at)
    await userEvent.click(await there('document.disagree.2'))
    await userEvent.click(here('document.close.2'))
    await userEvent.click(here('document.disagree.2'))
    await userEvent.type(here('document.note.2'), ' Платил 1 200 ')
    await userEvent.click(here('document.say.2'))
    const raised = textOf(await there('document.appeal.2'))
    expect(raised).toContain('Обращение № 1001')
    expect(raised).toContain('Вы не согласны: Платил 1 200 · отправлено сегодня в 12:04')
    await reads('Обращение ждёт сотрудника. Ответим не позже 2 декабря и пришлём СМС.')
    const [said] = twin.calls.filter((call) => call.method === 'POST')
    expect([said?.path, said?.body]).toEqual([`/api/documents/${paper.id}/appeals`, { line: 2, note: 'Платил 1 200' }])
    expect(isHere('document.disagree.1')).toBe(true)
    first.unmount()
    Object.assign(twin.papers.appeals[0] ?? {}, { state: 'taken', taken_at: new Date(NOW).toISOString() })
    const second = openApp(twin, at)
    expect(textOf(await there('document.appeal.2'))).toContain('взял в работу сегодня в 12:04. Ответим не позже 2 декабря')
    second.unmount()
    Object.assign(twin.papers.appeals[0] ?? {}, { is_late: true })
    const third = openApp(twin, at)
    expect(textOf(await there('document.appeal.2'))).toContain('Обещали ответить не позже 2 декабря и не успели, простите.')
    third.unmount()
    Object.assign(twin.papers.appeals[0] ?? {}, {
      state: 'answered',
      answer: 'Нашли второй платёж.',
      answered_at: new Date(NOW).toISOString(),
    })
    openApp(twin, at)
    const told = textOf(await there('document.appeal.2'))
    expect(told).toContain('Наш ответ · сегодня в 12:04Нашли второй платёж.')
    expect(told).not.toContain('ришлём СМС')
  })

  test('shows an answer at once to whoever comes back to its page', async () => {
    const { twin, at } = standing({ kind: 'reconciliation', ...OCTOBER })
    const appeal = twin.papers.appeal(1)
    openApp(twin, at)
    await reads('Обращение ждёт сотрудника')
    Object.assign(appeal, { state: 'answered', answer: 'Нашли.', answered_at: new Date(NOW).toISOString() })
    window.dispatchEvent(new Event('visibilitychange'))
    await reads('Нашли.')
  })

  test('is asked about again for as long as an appeal waits for its answer', () => {
    const { twin } = standing({ kind: 'reconciliation', ...OCTOBER })
    expect(nextAppealsAskMs([])).toBe(false)
    const appeal = twin.papers.appeal(1)
    expect(nextAppealsAskMs([appeal])).toBe(60_000)
    expect(nextAppealsAskMs([{ ...appeal, state: 'answered' }])).toBe(false)
  })

  test.each([
    ['words-wrong', 422, 'Напишите, что не так'],
    ['throttled', 429, 'Слишком много обращений подряд'],
    ['not-found', 404, 'больше не доступен'],
    ['unavailable', 503, 'Код: 503'],
  ])('whose line the server does not take an appeal against (%s) says why and keeps the words', async (code, status, words) => {
    const { twin, paper, at } = standing({ kind: 'reconciliation', ...OCTOBER })
    twin.troubles.set(`POST /api/documents/${paper.id}/appeals`, { status, code })
    openApp(twin, at)
    await userEvent.click(await there('document.disagree.1'))
    await userEvent.type(here('document.note.1'), 'Платил')
    await userEvent.click(here('document.say.1'))
    await reads(words)
    expect((here('document.note.1') as HTMLTextAreaElement).value).toBe('Платил')
  })

  test('asks for words before anything is sent', async () => {
    const { twin, at } = standing({ kind: 'reconciliation', ...OCTOBER })
    openApp(twin, at)
    await userEvent.click(await there('document.disagree.1'))
    await userEvent.type(here('document.note.1'), '  ')
    await userEvent.click(here('document.say.1'))
    await reads('Напишите, что не так')
    expect(document.activeElement).toBe(here('document.note.1'))
    expect(twin.calls.filter((call) => call.method === 'POST')).toEqual([])
    await userEvent.type(here('document.note.1'), 'Платил')
    expect(here('document.note.1').getAttribute('aria-invalid')).toBeNull()
  })

  test('that another tab has disagreed with is shown so, a silent server is said', async () => {
    const { twin, paper, at } = standing({ kind: 'reconciliation', ...OCTOBER })
    openApp(twin, at)
    await userEvent.click(await there('document.disagree.1'))
    await userEvent.type(here('document.note.1'), 'Платил')
    twin.troubles.set(`POST /api/documents/${paper.id}/appeals`, 'down')
    await userEvent.click(here('document.say.1'))
    await reads('Нет связи с сервером')
    twin.troubles.clear()
    twin.papers.appeal(1, { note: 'Из другой вкладки' })
    await userEvent.click(here('document.say.1'))
    expect(textOf(await there('document.appeal.1'))).toContain('Вы не согласны: Из другой вкладки')
  })

  test('of books without contracts calls the account as the rest of the portal does', async () => {
    const { twin, at } = standing({ kind: 'reconciliation', ...OCTOBER })
    twin.papers.act = [{ contract: '', conclusion: '', rows: ACT[0]?.rows ?? [] }]
    openApp(twin, at)
    await reads('Лицевой счёт ··· 4567')
    expect(textOf(here('document'))).not.toContain('Договор')
  })

  test('without lines says so, one that does not load is asked for again', async () => {
    const { twin, paper, at } = standing({ kind: 'reconciliation', ...OCTOBER })
    twin.papers.act = []
    twin.troubles.set(`/api/documents/${paper.id}/lines`, { status: 503, code: 'unavailable' })
    openApp(twin, at)
    await reads('Строки акта не загрузились')
    twin.troubles.clear()
    await userEvent.click(here('document.act.fault.retry'))
    await reads('За этот период расчётов не было')
  })

  test('shows no sums to whoever hides them, until he asks', async () => {
    const { twin, at } = standing({ kind: 'reconciliation', ...OCTOBER })
    openApp(twin)
    await userEvent.click(await there('overview.hide-amounts'))
    document.body.replaceChildren()
    openApp(twin, at)
    await userEvent.click(await there('document.show-amounts'))
    await there('document.disagree.1')
  })
})

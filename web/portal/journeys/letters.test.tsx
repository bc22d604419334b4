import userEvent from '@testing-library/user-event'
import { expect, test } from 'vitest'
import type { Paper } from '../data/types.ts'
import { here, isHere, openApp, reads, textOf, there } from '../testing/open-app.tsx'
import { inDebt } from '../twin/people.ts'
import { Twin } from '../twin/twin.ts'

const OCTOBER = { first: '2026-10-01', last: '2026-10-31' }

function standing(changes: Partial<Paper>) {
  const twin = new Twin({ person: inDebt() })
  const paper = twin.papers.put(changes)
  return { twin, paper, at: `/documents/${paper.id}` }
}

const typed = () => here('document.letter.email').getAttribute('value')
const mailed = (twin: Twin) => twin.calls.filter((call) => call.path.endsWith('/letter'))

test.each(['statement', 'slip', 'reconciliation', 'bill'] as const)('a link to a ready %s is sent, and it says whereto', async (kind) => {
  const { twin, paper, at } = standing({ kind, ...(kind === 'slip' || kind === 'bill' ? {} : OCTOBER) })
  openApp(twin, at)
  await userEvent.click(await there('document.letter'))
  expect(document.activeElement).toBe(here('document.letter.email'))
  await userEvent.type(here('document.letter.email'), ' anna@example.ru {Enter}')
  await reads('Отправили на a…@example.ru')
  expect(isHere('document.letter.email')).toBe(false)
  const [call] = mailed(twin)
  expect([call?.path, call?.body['email']]).toEqual([`/api/documents/${paper.id}/letter`, 'anna@example.ru'])
  await userEvent.click(here('document.letter'))
  expect(textOf(here('document'))).not.toContain('Отправили на')
  await userEvent.click(here('document.letter.close'))
  expect(document.activeElement).toBe(here('document.letter'))
})

test('the form keeps what was typed and its key until the server has answered; another address has another key', async () => {
  const { twin, paper, at } = standing({ kind: 'bill' })
  openApp(twin, at)
  await userEvent.click(await there('document.letter'))
  await userEvent.click(here('document.letter.send'))
  await reads('Напишите один адрес почты')
  expect(mailed(twin)).toEqual([])
  const place = `POST /api/documents/${paper.id}/letter`
  twin.troubles.set(place, 'down')
  await userEvent.type(here('document.letter.email'), 'anna@example.ru{Enter}')
  await reads('Нет связи с сервером')
  expect(typed()).toBe('anna@example.ru')
  twin.troubles.set(place, { status: 503, code: 'unavailable' })
  await userEvent.click(here('document.letter.send'))
  await reads('Код: 503')
  twin.troubles.clear()
  await userEvent.clear(here('document.letter.email'))
  await userEvent.type(here('document.letter.email'), 'анна@example.ru{Enter}')
  await reads('Напишите один адрес почты')
  expect(typed()).toBe('анна@example.ru')
  const [lost, again, other] = mailed(twin).map((call) => call.body['key'])
  expect(again).toBe(lost)
  expect(other).not.toBe(lost)
})

test.each([
  ['throttled', 429, 'Слишком много писем подряд'],
  ['no-letters', 409, 'Скачайте документ на этой странице'],
  ['not-found', 404, 'больше не доступен'],
  ['document-failed', 409, 'больше не доступен'],
])('a letter that is refused (%s) says so in words', async (code, status, words) => {
  const { twin, paper, at } = standing({ kind: 'bill' })
  twin.troubles.set(`POST /api/documents/${paper.id}/letter`, { status, code })
  openApp(twin, at)
  await userEvent.click(await there('document.letter'))
  await userEvent.type(here('document.letter.email'), 'anna@example.ru{Enter}')
  await reads(words)
  expect(here('document.letter.send').hasAttribute('disabled')).toBe(status === 429)
})

test('a letter is not offered where letters are not sent', async () => {
  const { twin, at } = standing({ kind: 'bill', can_mail: false })
  openApp(twin, at)
  await there('document.pdf')
  expect(isHere('document.letter')).toBe(false)
})

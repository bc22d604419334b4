import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { i18n, speak } from '../app/i18n.ts'

const CLASSES = ['one', 'few', 'many', 'other']

function plurals(language: string): string[] {
  const text = readFileSync(`portal/locales/${language}.po`, 'utf8')
  return [...text.matchAll(/^msgstr "(?<text>.*, plural, .*)"$/gmu)].map((found) => found.groups?.['text'] ?? '')
}

/** The form of a message for a number, by the message format that the app itself uses. */
function form(message: string, number: number): string {
  const [, name = ''] = /\{(\w+), plural/u.exec(message) ?? []
  return i18n._({ id: `test ${message}`, message, values: { [name]: number } })
}

describe('every counted message in Russian', () => {
  beforeAll(() => speak('ru'))

  test('there are some', () => {
    expect(plurals('ru').length).toBeGreaterThanOrEqual(3)
  })

  test.each(plurals('ru'))('has the four forms: %s', (message) => {
    for (const each of CLASSES) expect(message).toContain(`${each} {`)
  })
})

describe('the forms are the right ones', () => {
  const message = plurals('ru').find((each) => each.includes('новая операция')) ?? ''

  test.each([
    [0, '0 новых операций'],
    [1, '1 новая операция'],
    [2, '2 новые операции'],
    [5, '5 новых операций'],
    [11, '11 новых операций'],
    [21, '21 новая операция'],
    [1.5, '1,5 новой операции'],
  ])('%d', async (number, words) => {
    await speak('ru')
    expect(form(message, number)).toContain(words)
  })
})

describe('in English', () => {
  const message = plurals('en').find((each) => each.includes('new entry')) ?? ''
  afterAll(() => speak('ru'))

  test.each([
    [1, '1 new entry'],
    [2, '2 new entries'],
  ])('%d', async (number, words) => {
    await speak('en')
    expect(form(message, number)).toContain(words)
  })

  test('no message is missing', () => {
    const text = readFileSync('portal/locales/en.po', 'utf8')
    expect(text).not.toMatch(/^msgid ".+"\nmsgstr ""$/mu)
    expect(text).not.toMatch(/^msgstr ".*[а-яё]/imu)
  })
})

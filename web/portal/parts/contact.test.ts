import { expect, test } from 'vitest'
import { isContact } from './contact.ts'

test.each([
  ['anna@example.org', true],
  [' anna@example.org ', true],
  ['anna@example', false],
  ['8 900 123-45-67', true],
  ['123', false],
  ['', false],
])('%s is a contact: %s', (typed, is) => {
  expect(isContact(typed, ['email', 'phone'])).toBe(is)
})

test('only kinds that the way takes', () => {
  expect(isContact('8 900 123-45-67', ['email'])).toBe(false)
  expect(isContact('anna@example.org', ['phone'])).toBe(false)
})

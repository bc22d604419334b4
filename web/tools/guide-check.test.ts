import { describe, expect, test } from 'vitest'
import { checkSources, main, readSource, sourcesOf } from './guide-check.mjs'

const wrongIn = (text: string): string[] => readSource('a.tsx', text).wrong

describe('an interactive element', () => {
  test.each([
    ['<button type="button">x</button>', 'button'],
    ['<a href="/">x</a>', 'a'],
    ['<input />', 'input'],
    ['<Button look="main">x</Button>', 'Button'],
    ['<Screen title="x" layout="single" />', 'Screen'],
    ['<Link href="/">x</Link>', 'Link'],
  ])('without an id is named: %s', (text, tag) => {
    expect(wrongIn(text)).toEqual([expect.stringMatching(new RegExp(`^a\\.tsx:1: <${tag}> has no `, 'u'))])
  })

  test.each([
    '<button data-guide="pay.submit">x</button>',
    '<Button guide="pay.submit">x</Button>',
    '<Button guide={`pay.${kind}`}>x</Button>',
    '<div>x</div>',
    "import { Switch } from 'wouter'; const a = <Switch />",
    '// <button>',
    "const text = '<button>'",
  ])('with one, or none at all, is fine: %s', (text) => {
    expect(wrongIn(text)).toEqual([])
  })
})

test('an id is small words, and a screen begins with screen', () => {
  expect(wrongIn('<Button guide="Pay Now">x</Button>')[0]).toContain('is no guide id')
  expect(wrongIn('<Screen guide="overview" />')[0]).toContain('must begin with "screen."')
})

test('two places may not claim the same id', () => {
  const sources = new Map([
    ['a.tsx', '<Button guide="pay.submit">x</Button>'],
    ['b.tsx', '\n<button data-guide="pay.submit">x</button>'],
  ])
  expect(checkSources(sources)).toEqual({ ids: ['pay.submit'], wrong: ['"pay.submit" is claimed twice: a.tsx:1, b.tsx:2'] })
})

test('the sources of the product are sound', () => {
  const lines: string[] = []
  expect(main(['kit', 'portal'], (line: string) => lines.push(line))).toBe(0)
  expect(lines).toEqual([expect.stringMatching(/^\d+ guide ids$/u)])
  expect([...sourcesOf(['portal']).keys()].some((file) => file.includes('.test.') || file.includes('stories'))).toBe(false)
})

test('what is wrong is printed and fails', () => {
  const lines: string[] = []
  expect(main(['tools/no-guide'], (line: string) => lines.push(line))).toBe(1)
  expect(lines.at(-1)).toBe('1 without a sound guide id')
})

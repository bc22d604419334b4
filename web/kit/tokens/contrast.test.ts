import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { contrast, luminance, themesOf } from './contrast.ts'

const TEXT_MIN = 4.5
const CONTROL_MIN = 3
const HIGH_MIN = 7

const themes = themesOf(readFileSync('kit/tokens/tokens.css', 'utf8'))
const INKS = ['ink', 'quiet', 'accent', 'accent-hover', 'owed', 'paid', 'waiting', 'error']
const GROUNDS = ['paper', 'pane', 'wash', 'light']
const pairs = [...themes.keys()].flatMap((theme) =>
  INKS.flatMap((ink) => GROUNDS.map((ground) => [theme, ink, ground] as const)),
)

function ratio(theme: string, first: string, second: string): number {
  const tokens = themes.get(theme)
  return contrast(tokens?.get(first) ?? '', tokens?.get(second) ?? '')
}

test('there are the three themes of the look', () => {
  expect([...themes.keys()]).toEqual(['light', 'night', 'contrast'])
})

describe('text on its ground', () => {
  test.each(pairs)('%s: %s on %s', (theme, ink, ground) => {
    expect(ratio(theme, ink, ground)).toBeGreaterThanOrEqual(theme === 'contrast' ? HIGH_MIN : TEXT_MIN)
  })

  test.each([...themes.keys()])('%s: words on the main button, pressed or not', (theme) => {
    expect(ratio(theme, 'on-accent', 'accent')).toBeGreaterThanOrEqual(TEXT_MIN)
    expect(ratio(theme, 'on-accent', 'accent-hover')).toBeGreaterThanOrEqual(TEXT_MIN)
  })
})

describe('controls and what a chart says', () => {
  test.each([...themes.keys()])('%s: edges of fields and buttons, the ring of the focus, the bars', (theme) => {
    for (const ground of ['paper', 'pane']) {
      expect(ratio(theme, 'edge', ground)).toBeGreaterThanOrEqual(CONTROL_MIN)
      expect(ratio(theme, 'accent', ground)).toBeGreaterThanOrEqual(CONTROL_MIN)
    }
    expect(ratio(theme, 'bar', 'accent')).toBeGreaterThanOrEqual(theme === 'contrast' ? 2 : CONTROL_MIN)
  })
})

test('black on white is the most there is, a colour on itself the least', () => {
  expect(contrast('#000000', '#ffffff')).toBeCloseTo(21)
  expect(contrast('#0f5c5a', '#0f5c5a')).toBe(1)
  expect(() => luminance('teal')).toThrow(RangeError)
})

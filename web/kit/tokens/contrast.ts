/** Contrast of two colours by WCAG 2.2 (relative luminance of sRGB), for the test of the tokens. */
const HEX = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/iu

function channel(hex: string): number {
  const value = Number.parseInt(hex, 16) / 255
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
}

export function luminance(colour: string): number {
  const [, red, green, blue] = HEX.exec(colour) ?? []
  if (!red || !green || !blue) throw new RangeError(`not a colour: ${colour}`)
  return 0.2126 * channel(red) + 0.7152 * channel(green) + 0.0722 * channel(blue)
}

/** From 1 (none) to 21 (black on white), whichever of the two is the ground. */
export function contrast(first: string, second: string): number {
  const [dark = 0, light = 0] = [luminance(first), luminance(second)].sort((a, b) => a - b)
  return (light + 0.05) / (dark + 0.05)
}

export type Tokens = ReadonlyMap<string, string>

const BLOCK = /:root(?:\[data-theme='(?<theme>\w+)'\])? \{(?<body>[^}]*)\}/gu
const TOKEN = /--(?<name>[\w-]+): (?<value>[^;]+);/gu

/** The tokens of each theme of tokens.css: what a theme leaves unsaid it has from the light one. */
export function themesOf(css: string): ReadonlyMap<string, Tokens> {
  const themes = new Map<string, Map<string, string>>()
  for (const { groups } of css.split('@media')[0]?.matchAll(BLOCK) ?? []) {
    const tokens = new Map(themes.get('light'))
    for (const token of groups?.['body']?.matchAll(TOKEN) ?? []) {
      tokens.set(token.groups?.['name'] ?? '', token.groups?.['value'] ?? '')
    }
    themes.set(groups?.['theme'] ?? 'light', tokens)
  }
  return themes
}

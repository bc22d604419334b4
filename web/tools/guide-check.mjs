/**
 * Every screen and control carries a stable `data-guide` id: lessons, tours and browser tests find it by that.
 *
 *     node tools/guide-check.mjs [FOLDER …]
 *
 * Lists the interactive elements and the screens that have none, and the ids that two places claim; exits 1 when there
 * is one. Reads the syntax tree of the sources, so a comment or a text cannot fool it.
 */
import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import ts from 'typescript'

const HOST = new Set(['a', 'button', 'input', 'select', 'textarea', 'summary', 'dialog', 'nav', 'main'])
/** Components of other people that render an interactive element. */
const FOREIGN = new Set(['Link'])
/** Ours take `guide`: a control, a pane, a screen, a choice of controls. */
const OURS = new Set(['Button', 'Choice', 'Dialog', 'Field', 'Go', 'Pane', 'Screen', 'Switch'])
const ID = /^[a-z]+(?:[.-][a-z0-9]+)*$/u

function attributeOf(element, name) {
  return element.attributes.properties.find((each) => ts.isJsxAttribute(each) && each.name.getText() === name)
}

/** The id as written: a literal's text, or null for an expression that is made up at run time. */
function literalOf(attribute) {
  const { initializer } = attribute
  return initializer && ts.isStringLiteral(initializer) ? initializer.text : null
}

/** Names that come from packages: a `Switch` of the router is no switch of ours. */
function foreignNames(source) {
  const names = new Set()
  for (const statement of source.statements) {
    if (!ts.isImportDeclaration(statement) || statement.moduleSpecifier.text.startsWith('.')) continue
    const bindings = statement.importClause?.namedBindings
    if (bindings && ts.isNamedImports(bindings)) for (const each of bindings.elements) names.add(each.name.text)
  }
  return names
}

/** @returns {{ found: { id: string, place: string }[], wrong: string[] }} ids of one source, and what is wrong in it */
export function readSource(file, text) {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true, ts.ScriptKind.TSX)
  const found = []
  const wrong = []
  const foreign = foreignNames(source)
  const visit = (node) => {
    if (ts.isJsxOpeningElement(node) || ts.isJsxSelfClosingElement(node)) look(node)
    ts.forEachChild(node, visit)
  }
  const look = (element) => {
    const tag = element.tagName.getText()
    const name = HOST.has(tag) || FOREIGN.has(tag) ? 'data-guide' : 'guide'
    const attribute = attributeOf(element, name) ?? attributeOf(element, 'data-guide')
    const { line } = source.getLineAndCharacterOfPosition(element.getStart())
    const place = `${file}:${String(line + 1)}`
    const needs = HOST.has(tag) || FOREIGN.has(tag) || (OURS.has(tag) && !foreign.has(tag))
    if (!attribute) {
      if (needs) wrong.push(`${place}: <${tag}> has no ${name}`)
      return
    }
    const id = literalOf(attribute)
    if (id === null) return
    if (!ID.test(id)) wrong.push(`${place}: "${id}" is no guide id: small words, parted by dots and hyphens`)
    if (tag === 'Screen' && !id.startsWith('screen.')) wrong.push(`${place}: the screen "${id}" must begin with "screen."`)
    found.push({ id, place })
  }
  visit(source)
  return { found, wrong }
}

/** @param {Map<string, string>} sources file name -> text */
export function checkSources(sources) {
  const places = new Map()
  const wrong = []
  for (const [file, text] of sources) {
    const result = readSource(file, text)
    wrong.push(...result.wrong)
    for (const { id, place } of result.found) places.set(id, [...(places.get(id) ?? []), place])
  }
  for (const [id, claims] of places) {
    if (claims.length > 1) wrong.push(`"${id}" is claimed twice: ${claims.join(', ')}`)
  }
  return { ids: [...places.keys()].sort(), wrong }
}

/** The sources of the product: no tests, no stories. */
export function sourcesOf(folders) {
  const sources = new Map()
  for (const folder of folders) {
    for (const name of readdirSync(folder, { recursive: true })) {
      const file = path.join(folder, String(name))
      if (/\.tsx$/u.test(file) && !/\.(?:test|stories)\.tsx$/u.test(file) && !/\/(?:stories|node_modules)\//u.test(file)) {
        sources.set(file, readFileSync(file, 'utf8'))
      }
    }
  }
  return sources
}

export function main(folders, print = console.log) {
  const { ids, wrong } = checkSources(sourcesOf(folders))
  for (const line of wrong) print(line)
  print(wrong.length ? `${String(wrong.length)} without a sound guide id` : `${String(ids.length)} guide ids`)
  return wrong.length ? 1 : 0
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  process.chdir(path.join(import.meta.dirname, '..'))
  process.exitCode = main(process.argv.length > 2 ? process.argv.slice(2) : ['kit', 'portal'])
}

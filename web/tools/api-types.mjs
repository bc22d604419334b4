/**
 * Types of the portal host's answers, from the documents that the servers themselves export.
 *
 *     node tools/api-types.mjs           writes portal/data/generated/*.ts
 *     node tools/api-types.mjs --check   exits 1 when they are not what the documents say
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import openapiTS, { astToString } from 'openapi-typescript'

const WEB = path.join(import.meta.dirname, '..')
const DOCUMENTS = { live: 'openapi-live.json', portal: 'openapi-portal.json' }

/** @returns {Promise<Map<string, string>>} path below web/ -> text */
export async function generated() {
  const files = new Map()
  for (const [name, document] of Object.entries(DOCUMENTS)) {
    const source = JSON.parse(readFileSync(path.join(WEB, '../docs/reference', document), 'utf8'))
    const text = astToString(await openapiTS(source, { alphabetize: true }))
    files.set(`portal/data/generated/${name}.ts`, `/* Generated from docs/reference/${document}: npm run api-types. */\n\n${text}`)
  }
  return files
}

function written(file) {
  try {
    return readFileSync(path.join(WEB, file), 'utf8')
  } catch (error) {
    if (error.code === 'ENOENT') return ''
    throw error
  }
}

/** Names of the files that differ from what the documents say. */
export async function stale() {
  return [...(await generated())].filter(([file, text]) => written(file) !== text).map(([file]) => file)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv.includes('--check')) {
    const files = await stale()
    for (const file of files) console.log(`${file} is not what the API document says: npm run api-types`)
    process.exitCode = files.length ? 1 : 0
  } else {
    for (const [file, text] of await generated()) {
      mkdirSync(path.dirname(path.join(WEB, file)), { recursive: true })
      writeFileSync(path.join(WEB, file), text)
    }
  }
}

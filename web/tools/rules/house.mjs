/** Rules of the house that no plugin knows. Each has its test beside it. */
import path from 'node:path'

const STAFF = /^\/?(?:api\/)?(?:desk|staff|admin)(?:\/|$)/u
const KEBAB = /^\.?[a-z0-9]+(?:-[a-z0-9]+)*(?:\.[a-z0-9-]+)*$/u

/** The address inside a string, without host and query. */
function addressOf(text) {
  return text.replace(/^https?:\/\/[^/]+/u, '').split(/[?#]/u)[0] ?? ''
}

const noStaffEndpoints = {
  meta: {
    type: 'problem',
    schema: [],
    messages: { staff: 'Code of the portal may not call a staff endpoint ({{address}}): the desk has its own app and host.' },
  },
  create(context) {
    if (!context.filename.split(path.sep).includes('portal')) return {}
    const check = (node, text) => {
      const address = addressOf(text)
      if (text.includes('/') && STAFF.test(address)) context.report({ node, messageId: 'staff', data: { address } })
    }
    return {
      Literal(node) {
        if (typeof node.value === 'string') check(node, node.value)
      },
      TemplateLiteral(node) {
        check(node, node.quasis[0].value.raw)
      },
    }
  },
}

const kebabFile = {
  meta: { type: 'suggestion', schema: [], messages: { name: '{{name}}: files are named in kebab-case.' } },
  create(context) {
    return {
      Program(node) {
        const name = path.basename(context.filename)
        if (!KEBAB.test(name)) context.report({ node, messageId: 'name', data: { name } })
      },
    }
  },
}

const noBarrel = {
  meta: { type: 'problem', schema: [], messages: { barrel: 'Import a thing from where it stands: no file only passes others on.' } },
  create(context) {
    const report = (node) => {
      if (node.source) context.report({ node, messageId: 'barrel' })
    }
    return { ExportAllDeclaration: report, ExportNamedDeclaration: report }
  },
}

export const rules = { 'no-staff-endpoints': noStaffEndpoints, 'kebab-file': kebabFile, 'no-barrel': noBarrel }

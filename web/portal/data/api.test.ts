import { describe, expect, test, vi } from 'vitest'
import { createApi, Fault } from './api.ts'

function answering(response: Response | Error) {
  const calls: { input: string; init: RequestInit }[] = []
  const api = createApi(
    (input, init) => {
      calls.push({ input, init })
      return response instanceof Error ? Promise.reject(response) : Promise.resolve(response)
    },
    () => 'en',
  )
  return { api, calls }
}

async function faultOf(call: Promise<unknown>): Promise<Fault> {
  const error: unknown = await call.catch((caught: unknown) => caught)
  if (!(error instanceof Fault)) throw new Error(`no Fault: ${String(error)}`)
  return error
}

test('a reading is never kept by the browser and says the language', async () => {
  const { api, calls } = answering(Response.json({ months: [] }))
  expect(await api.year('019a')).toEqual({ months: [] })
  expect(calls[0]?.input).toBe('/live/v1/year?account=019a')
  expect(calls[0]?.init).toMatchObject({ method: 'GET', cache: 'no-store', credentials: 'same-origin' })
  expect(calls[0]?.init.headers).toEqual({ Accept: 'application/json', 'Accept-Language': 'en' })
})

test('what is not asked for is not in the address', async () => {
  const { api, calls } = answering(Response.json({ operations: [], next: null }))
  await api.operations('019a', { kind: 'payment', from: undefined }, 81)
  expect(calls[0]?.input).toBe('/live/v1/operations?account=019a&before=81&limit=50&kind=payment')
})

describe('a refusal', () => {
  test('is a Fault with what people and code need of it', async () => {
    const body = { code: 'wrong-code', detail: 'Код не подошёл', tries_left: 2, instance: 'urn:uuid:7c11' }
    const { api } = answering(Response.json(body, { status: 401, headers: { 'Retry-After': '30' } }))
    const fault = await faultOf(api.code('000000'))
    expect(fault).toMatchObject({ status: 401, code: 'wrong-code', message: 'Код не подошёл', triesLeft: 2, retryAfterS: 30 })
    expect(fault.reference).toBe('401 · wrong-code · 7c11')
  })

  test('without a problem document is still a Fault', async () => {
    vi.spyOn(console, 'info').mockImplementation(() => undefined)
    const { api } = answering(new Response('<html>', { status: 502, headers: { 'Retry-After': 'soon' } }))
    expect(await faultOf(api.session())).toMatchObject({ status: 502, code: 'unknown', retryAfterS: null, triesLeft: null })
  })

  test('of the network has no status', async () => {
    const { api } = answering(new TypeError('Failed to fetch'))
    expect(await faultOf(api.alive())).toMatchObject({ status: 0, code: 'no-network', reference: 'no-network' })
  })

  test('that we asked for ourselves is none', async () => {
    const stop = new AbortController()
    stop.abort()
    const { api } = answering(Object.assign(new Error('stopped'), { name: 'AbortError' }))
    await expect(api.overview(undefined, stop.signal)).rejects.toMatchObject({ name: 'AbortError' })
  })
})

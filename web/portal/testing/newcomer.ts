import userEvent from '@testing-library/user-event'
import { inDebt } from '../twin/people.ts'
import { CONTRACT, NUMBER } from '../twin/registration.ts'
import type { TwinOptions } from '../twin/twin.ts'
import { Twin } from '../twin/twin.ts'
import { here, there } from './open-app.tsx'

export const AT = '/register'

export function newcomer(options: Partial<TwinOptions> = {}) {
  return new Twin({ person: inDebt(), state: 'closed', ...options })
}

/** Somebody who stands at a step already, as after a reload. */
export function standing(state: Parameters<Twin['registration']['stand']>[0], options: Partial<TwinOptions> = {}) {
  const twin = newcomer(options)
  twin.registration.stand(state)
  return twin
}

export const posts = (twin: Twin, path: string) => twin.calls.filter((call) => call.method === 'POST' && call.path === path)
export const looks = (twin: Twin) => twin.calls.filter((call) => call.method === 'GET' && call.path === '/api/registration')

export async function tellFacts() {
  const user = userEvent.setup()
  await user.type(await there('register.number'), NUMBER)
  await user.type(here('register.value'), `${CONTRACT}{Enter}`)
}

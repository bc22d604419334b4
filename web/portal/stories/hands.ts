import { userEvent } from 'storybook/test'
import { backSince, forgetLeft, keepLeft } from '../parts/left.ts'
import { NOW } from '../twin/people.ts'

const MINUTE_MS = 60_000

/** Lets this tab have come back from the payment system so many minutes ago; null: it never left. */
export function comeBack(payment: string, minutes: number | null): void {
  forgetLeft(payment)
  if (minutes === null) return
  keepLeft(payment)
  backSince(payment, NOW - minutes * MINUTE_MS)
}

/** Finds a control by its guide id once it is on the page; stories wait for the app as people do. */
export async function whenThere(guide: string): Promise<HTMLElement> {
  for (let tries = 0; tries < 100; tries += 1) {
    const element = document.querySelector<HTMLElement>(`[data-guide="${guide}"]`)
    if (element) return element
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error(`no ${guide} on the page`)
}

export async function press(guide: string): Promise<void> {
  await userEvent.click(await whenThere(guide))
}

export async function type(guide: string, text: string): Promise<void> {
  await userEvent.type(await whenThere(guide), text)
}

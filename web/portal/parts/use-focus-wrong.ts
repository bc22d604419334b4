import type { RefObject } from 'react'
import { useEffect } from 'react'
import type { Fault } from '../data/api.ts'

/** Leads to the first field that a refusal of the server marks as wrong, as the form itself does before it asks. */
export function useFocusWrong(form: RefObject<HTMLFormElement | null>, fault: Fault | null): void {
  useEffect(() => {
    if (fault) form.current?.querySelector<HTMLInputElement>('input[aria-invalid="true"]')?.focus()
  }, [form, fault])
}

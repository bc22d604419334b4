import { useRef, useState } from 'react'
import type { ChangeEvent, SubmitEvent } from 'react'
import { CODE_LENGTH, codeDigits } from './code-digits.ts'

/** One field for a whole code: a full one is checked by itself, each code once; by hand the same one once more. */
export function useCode({ isShut, check }: { isShut: boolean; check: (digits: string) => void }) {
  const input = useRef<HTMLInputElement>(null)
  const tried = useRef('')
  const [code, setCode] = useState('')

  const send = (digits: string) => {
    if (digits.length < CODE_LENGTH || isShut || digits === tried.current) return
    tried.current = digits
    check(digits)
  }
  const field = {
    look: 'code' as const,
    inputMode: 'numeric' as const,
    autoComplete: 'one-time-code',
    value: code,
    onChange: (event: ChangeEvent<HTMLInputElement>) => {
      const digits = codeDigits(event.target.value)
      setCode(digits)
      send(digits)
    },
  }
  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    tried.current = ''
    send(code)
  }
  const clear = () => {
    tried.current = ''
    setCode('')
    input.current?.focus()
  }
  return { input, field, submit, clear }
}

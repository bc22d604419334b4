import { plainMarks } from '../../kit/controls/plain-marks.ts'

export const CODE_LENGTH = 6

/** The digits of whatever was typed, pasted or filled in: "123 456", "123-456", "Код: 123456", "１２３４５６". */
export function codeDigits(text: string): string {
  return plainMarks(text).replaceAll(/\D/gu, '').slice(0, CODE_LENGTH)
}

export const CODE_LENGTH = 6

/** The digits of whatever was typed, pasted or filled in: "123 456", "123-456", "Код: 123456". */
export function codeDigits(text: string): string {
  return text.replaceAll(/\D/gu, '').slice(0, CODE_LENGTH)
}

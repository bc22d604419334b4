const FULL_WIDTH = /[\uff01-\uff5e]/gu
const UNSEEN = /\p{Cf}/gu
const FULL_WIDTH_AHEAD = 0xfee0

/**
 * Pasted text as a keyboard would have typed it: full-width digits and marks ("１２，５０") narrow, and what nobody sees
 * (zero-width spaces, soft hyphens, marks of direction) away. Spaces stay: each reader knows what they mean to it.
 * Not NFKC, which would make twelve of "1²".
 */
export function plainMarks(text: string): string {
  return text
    .replaceAll(UNSEEN, '')
    .replaceAll(FULL_WIDTH, (mark) => String.fromCharCode(mark.charCodeAt(0) - FULL_WIDTH_AHEAD))
}

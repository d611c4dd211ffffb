/** Spaces other than U+0020 (RFC 3454, C.1.2): each becomes one. */
const otherSpaces = /[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]/gu
/** Commonly mapped to nothing (RFC 3454, B.1). */
const nothing =
  /\u00ad|\u034f|\u1806|\u180b|\u180c|\u180d|\u200b|\u200c|\u200d|\u2060|[\ufe00-\ufe0f]|\ufeff/gu
/**
 * Prohibited: controls (C.2), private use (C.3), non-characters (C.4), surrogates (C.5), what is no plain text (C.6),
 * ideographic description (C.7), what changes the display (C.8), tags (C.9).
 */
const prohibited =
  // oxlint-disable-next-line no-control-regex -- controls are what is looked for
  /[\u0000-\u001f\u007f-\u009f\u06dd\u070f\u180e\u2028\u2029\u2061-\u2063\u206a-\u206f\ufff9-\ufffd\u2ff0-\u2ffb\u200e\u200f\u202a-\u202e]|\p{Co}|\p{Cs}|\p{Noncharacter_Code_Point}|[\u{1d173}-\u{1d17a}]|[\u{e0001}\u{e0020}-\u{e007f}]/u
const rightToLeft = /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}]/u
const letters = /\p{L}/u

/**
 * A name or password in the one spelling in which both ends use it (SASLprep, RFC 4013).
 * @throws RangeError when it holds what names and passwords must not
 */
export function saslprep(text: string): string {
  const prepared = text.replace(nothing, '').replace(otherSpaces, ' ').normalize('NFKC')
  if (prohibited.test(prepared)) throw new RangeError('a prohibited character')
  if (rightToLeft.test(prepared)) {
    // RFC 3454, 6: no letter of the other direction, and one of this at both ends.
    const characters = Array.from(prepared)
    const mixed = characters.some((one) => letters.test(one) && !rightToLeft.test(one))
    const ends = [characters[0] ?? '', characters.at(-1) ?? '']
    if (mixed || !ends.every((one) => rightToLeft.test(one)))
      throw new RangeError('text of both directions')
  }
  return prepared
}

/** The longest URI, in bytes of UTF-8. */
export const maxUriBytes = 256
/** The most components of a URI. */
export const maxUriComponents = 32

export interface UriRules {
  /** Components of `[0-9a-z_]` only (rfc/text/basic/building_blocks.md, Strict URIs). Default: false, the loose rule. */
  readonly strict?: boolean
  /**
   * `wildcard`: components may be empty; `prefix`: the last one may.
   * Default: `exact`, none may.
   */
  readonly match?: 'exact' | 'prefix' | 'wildcard'
}

const dot = 0x2e

/**
 * What is wrong with a URI, in one short sentence, or `undefined` when nothing is
 * (rfc/text/basic/building_blocks.md, URIs). Whether it is reserved is not looked at: see `isReserved`.
 */
export function checkUri(uri: string, rules?: UriRules): string | undefined {
  const strict = rules?.strict ?? false
  const match = rules?.match ?? 'exact'
  // No UTF-16 unit takes less than a byte: what is too long is refused before it is walked.
  if (uri.length > maxUriBytes) return `a URI has at most ${maxUriBytes} bytes`
  let components = 1
  let start = 0
  let ascii = true
  for (let i = 0; i < uri.length; i++) {
    const code = uri.charCodeAt(i)
    if (code === dot) {
      if (i === start && match !== 'wildcard') return 'a component of the URI is empty'
      start = i + 1
      components++
    } else if (strict) {
      if (!isStrict(code)) return 'a strict URI has only 0-9, a-z and _ in its components'
    } else {
      if (code === 0x23) return 'a URI has no #'
      if (isSpace(code)) return 'a URI has no whitespace'
      if (code >= 0x80) ascii = false
    }
  }
  if (start === uri.length && match === 'exact') {
    return uri === '' ? 'the URI is empty' : 'the last component of the URI is empty'
  }
  if (components > maxUriComponents) return `a URI has at most ${maxUriComponents} components`
  if (!ascii) {
    // Half a surrogate pair becomes U+FFFD on the wire: two URIs would look the same to a peer.
    if (/\p{Surrogate}/u.test(uri)) return 'a URI is well-formed Unicode'
    if (Buffer.byteLength(uri) > maxUriBytes) return `a URI has at most ${maxUriBytes} bytes`
  }
  return undefined
}

/** What precedes the first dot. */
export function firstComponent(uri: string): string {
  const end = uri.indexOf('.')
  return end === -1 ? uri : uri.slice(0, end)
}

/** Whether only the router itself may register or publish this: first component `wamp`. */
export function isReserved(uri: string): boolean {
  return firstComponent(uri) === 'wamp'
}

function isStrict(code: number): boolean {
  return (code >= 0x61 && code <= 0x7a) || (code >= 0x30 && code <= 0x39) || code === 0x5f
}

/** Whitespace as the specification's regular expression (`\s` in Python) sees it, and U+FEFF, as JavaScript's does. */
function isSpace(code: number): boolean {
  if (code < 0x80)
    return code === 0x20 || (code >= 0x09 && code <= 0x0d) || (code >= 0x1c && code <= 0x1f)
  return (
    code === 0x85 ||
    code === 0xa0 ||
    code === 0x1680 ||
    (code >= 0x2000 && code <= 0x200a) ||
    code === 0x2028 ||
    code === 0x2029 ||
    code === 0x202f ||
    code === 0x205f ||
    code === 0x3000 ||
    code === 0xfeff
  )
}

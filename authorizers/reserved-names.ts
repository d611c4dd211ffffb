import type { AccessRequest } from '../router/access.ts'

type Name = Pick<AccessRequest, 'uri' | 'match'>

/** Whether the URI is `first` or below it, or the pattern matches any such URI. */
export function touches({ uri, match }: Name, first: string): boolean {
  if (isNamedUnder(uri, first)) return true
  // Prefix match compares characters: `l` reaches `latchkey.x`, and the empty prefix everything.
  if (match === 'prefix') return first.startsWith(uri)
  return match === 'wildcard' && (uri === '' || uri.startsWith('.'))
}

/** Whether the URI or the pattern's text is `first` or begins with it and a dot. */
export function isNamedUnder(uri: string, first: string): boolean {
  return uri === first || uri.startsWith(`${first}.`)
}

/** A URI with its kind of match: the set of URIs that it matches (rfc/text/advanced/ap_pattern_based_subscription.md). */
export interface Pattern {
  readonly uri: string
  readonly match: 'exact' | 'prefix' | 'wildcard'
}

/** A capability's URI as what it names: one topic, or a pattern, which has empty components. */
export function namedPattern(uri: string): Pattern {
  if (uri.includes('..') || uri.startsWith('.')) return { uri, match: 'wildcard' }
  return { uri, match: uri.endsWith('.') ? 'prefix' : 'exact' }
}

/** Whether every URI that `inner` matches is matched by `outer` too. */
export function covers(outer: Pattern, inner: Pattern): boolean {
  switch (outer.match) {
    case 'exact':
      return isSingle(inner) && inner.uri === outer.uri
    case 'prefix':
      return head(inner).startsWith(outer.uri)
    case 'wildcard':
      return inner.match !== 'prefix' && coversComponents(outer.uri, inner.uri)
  }
}

/** Whether some URI could be matched by both. May say yes where none is; never no where one is. */
export function meets(a: Pattern, b: Pattern): boolean {
  if (a.match === 'prefix' || b.match === 'prefix') {
    const [one, other] = [head(a), head(b)]
    return one.startsWith(other) || other.startsWith(one)
  }
  const [one, other] = [a.uri.split('.'), b.uri.split('.')]
  return (
    one.length === other.length &&
    one.every((component, index) => {
      const against = other[index]
      return component === against || (component === '' && a.match === 'wildcard') || against === ''
    })
  )
}

/**
 * Orders patterns that match one URI, the most specific first: exact, then the longest prefix, then the wildcard
 * with most leading literal components; as WAMP orders registrations.
 */
export function bySpecificity(a: Pattern, b: Pattern): number {
  if (a.match !== b.match) return rank[a.match] - rank[b.match]
  if (a.match !== 'wildcard') return b.uri.length - a.uri.length
  const [one, other] = [a.uri.split('.'), b.uri.split('.')]
  const differing = one.findIndex((component, i) => (component === '') !== (other[i] === ''))
  if (differing === -1) return 0
  return one[differing] === '' ? 1 : -1
}

const rank = { exact: 0, prefix: 1, wildcard: 2 } as const

/** What every URI that is matched begins with. */
function head({ uri, match }: Pattern): string {
  if (match !== 'wildcard') return uri
  const components = uri.split('.')
  const open = components.indexOf('')
  return open === -1
    ? uri
    : components
        .slice(0, open)
        .map((each) => `${each}.`)
        .join('')
}

function isSingle({ uri, match }: Pattern): boolean {
  return match === 'exact' || (match === 'wildcard' && !uri.split('.').includes(''))
}

function coversComponents(outer: string, inner: string): boolean {
  const [own, others] = [outer.split('.'), inner.split('.')]
  return (
    own.length === others.length &&
    own.every((component, index) => component === '' || component === others[index])
  )
}

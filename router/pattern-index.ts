import type { Match } from './access.ts'

/** A node of the wildcard trie: one level per URI component. */
interface TrieNode<T> {
  readonly named: Map<string, TrieNode<T>>
  any: TrieNode<T> | undefined
  value: T | undefined
}

function newNode<T>(): TrieNode<T> {
  return { named: new Map(), any: undefined, value: undefined }
}

/**
 * Values by exact URI, by prefix and by wildcard pattern. A prefix is a prefix of the string, not of components
 * (rfc/text/advanced/pubsub_pattern_based_subscription.md); an empty component of a wildcard pattern stands for
 * exactly one component. A URI is looked up in time that grows with its own length, not with what is stored, but for
 * wildcard patterns that fit its beginning.
 *
 * A URI whose first component is one of the reserved roots reaches only those patterns whose own literal text begins
 * with that root and a dot: who may have "everything" does not get what is apart from it.
 */
export class PatternIndex<T> {
  readonly #exact = new Map<string, T>()
  readonly #prefixes = new Map<string, T>()
  /** How many prefixes there are of each length. */
  readonly #prefixLengths = new Map<number, number>()
  readonly #wildcards: TrieNode<T> = newNode()
  readonly #reservedRoots: readonly string[]
  #wildcardCount = 0

  constructor(reservedRoots: readonly string[] = []) {
    this.#reservedRoots = reservedRoots
  }

  get size(): number {
    return this.#exact.size + this.#prefixes.size + this.#wildcardCount
  }

  /** Whether a look-up may have to walk many patterns: those whose wildcards fit the beginning of a URI. */
  get hasWildcards(): boolean {
    return this.#wildcardCount > 0
  }

  get(match: Match, pattern: string): T | undefined {
    if (match === 'exact') return this.#exact.get(pattern)
    if (match === 'prefix') return this.#prefixes.get(pattern)
    let node: TrieNode<T> | undefined = this.#wildcards
    for (const part of pattern.split('.')) {
      node = part === '' ? node.any : node.named.get(part)
      if (node === undefined) return undefined
    }
    return node.value
  }

  set(match: Match, pattern: string, value: T): void {
    if (match === 'exact') {
      this.#exact.set(pattern, value)
    } else if (match === 'prefix') {
      if (!this.#prefixes.has(pattern)) this.#countLength(pattern.length, 1)
      this.#prefixes.set(pattern, value)
    } else {
      let node = this.#wildcards
      for (const part of pattern.split('.')) {
        if (part === '') {
          node = node.any ??= newNode()
        } else {
          let next = node.named.get(part)
          if (next === undefined) node.named.set(part, (next = newNode()))
          node = next
        }
      }
      if (node.value === undefined) this.#wildcardCount++
      node.value = value
    }
  }

  delete(match: Match, pattern: string): void {
    if (match === 'exact') {
      this.#exact.delete(pattern)
    } else if (match === 'prefix') {
      if (this.#prefixes.delete(pattern)) this.#countLength(pattern.length, -1)
    } else {
      this.#deleteWildcard(this.#wildcards, pattern.split('.'), 0)
    }
  }

  /** All values whose pattern matches `uri`. */
  matchAll(uri: string): T[] {
    const found: T[] = []
    const exact = this.#exact.get(uri)
    if (exact !== undefined) found.push(exact)
    if (this.#prefixLengths.size === 0 && this.#wildcardCount === 0) return found
    const root = this.#rootOf(uri)
    for (const length of this.#prefixLengths.keys()) {
      if (length > uri.length || length < root.length) continue
      const value = this.#prefixes.get(uri.slice(0, length))
      if (value !== undefined) found.push(value)
    }
    if (this.#wildcardCount > 0) {
      const parts = uri.split('.')
      if (root === '') collect(this.#wildcards, parts, 0, found)
      else collectNamed(this.#wildcards, parts, 0, found)
    }
    return found
  }

  /**
   * The one value that matches `uri` best (rfc/text/advanced/rpc_pattern_based_registration.md): exact, else the
   * longest prefix, else the wildcard pattern with most literal components before its first wildcard, then before its
   * second, and so on. Prefixes that all end within a component of `uri` come after the wildcards: so the worked
   * examples of the specification have it.
   */
  best(uri: string): T | undefined {
    return this.#exact.get(uri) ?? this.#bestPattern(uri)
  }

  #bestPattern(uri: string): T | undefined {
    if (this.#prefixLengths.size === 0 && this.#wildcardCount === 0) return undefined
    const root = this.#rootOf(uri)
    let longest = -1
    let prefixed: T | undefined
    let matchesComponents = false
    for (const length of this.#prefixLengths.keys()) {
      if (length > uri.length || length < root.length) continue
      const value = this.#prefixes.get(uri.slice(0, length))
      if (value === undefined) continue
      matchesComponents ||= endsComponent(uri, length)
      if (length < longest) continue
      longest = length
      prefixed = value
    }
    if (matchesComponents || this.#wildcardCount === 0) return prefixed
    const parts = uri.split('.')
    const wild =
      root === '' ? bestOf(this.#wildcards, parts, 0) : bestNamed(this.#wildcards, parts, 0)
    return wild ?? prefixed
  }

  /** The reserved root of a URI with the dot that follows it; empty when it has none. */
  #rootOf(uri: string): string {
    for (const root of this.#reservedRoots) {
      if (uri.startsWith(root) && (uri.length === root.length || uri[root.length] === '.')) {
        return `${root}.`
      }
    }
    return ''
  }

  #countLength(length: number, by: 1 | -1): void {
    const count = (this.#prefixLengths.get(length) ?? 0) + by
    if (count === 0) this.#prefixLengths.delete(length)
    else this.#prefixLengths.set(length, count)
  }

  /** Removes the value and the nodes that only it needed. Returns whether `node` is empty now. */
  #deleteWildcard(node: TrieNode<T>, parts: readonly string[], depth: number): boolean {
    const part = parts[depth]
    if (part === undefined) {
      if (node.value !== undefined) this.#wildcardCount--
      node.value = undefined
    } else {
      const next = part === '' ? node.any : node.named.get(part)
      if (next !== undefined && this.#deleteWildcard(next, parts, depth + 1)) {
        if (part === '') node.any = undefined
        else node.named.delete(part)
      }
    }
    return node.value === undefined && node.any === undefined && node.named.size === 0
  }
}

/** Whether the first `length` units of `uri` are whole components; none at all are, too. */
function endsComponent(uri: string, length: number): boolean {
  return length === 0 || length === uri.length || uri[length] === '.' || uri[length - 1] === '.'
}

function collect<T>(node: TrieNode<T>, parts: readonly string[], depth: number, found: T[]): void {
  const part = parts[depth]
  if (part === undefined) {
    if (node.value !== undefined) found.push(node.value)
    return
  }
  collectNamed(node, parts, depth, found)
  if (node.any !== undefined) collect(node.any, parts, depth + 1, found)
}

/** What begins with this very component. */
function collectNamed<T>(
  node: TrieNode<T>,
  parts: readonly string[],
  depth: number,
  found: T[],
): void {
  const named = node.named.get(parts[depth] ?? '')
  if (named !== undefined) collect(named, parts, depth + 1, found)
}

/** Literal components first: the pattern that goes on literally where another has a wildcard is the better one. */
function bestOf<T>(node: TrieNode<T>, parts: readonly string[], depth: number): T | undefined {
  if (depth === parts.length) return node.value
  return (
    bestNamed(node, parts, depth) ??
    (node.any === undefined ? undefined : bestOf(node.any, parts, depth + 1))
  )
}

function bestNamed<T>(node: TrieNode<T>, parts: readonly string[], depth: number): T | undefined {
  const named = node.named.get(parts[depth] ?? '')
  return named === undefined ? undefined : bestOf(named, parts, depth + 1)
}

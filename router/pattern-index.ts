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
 * exactly one component. A URI is looked up in time that grows with its own length, not with what is stored.
 */
export class PatternIndex<T> {
  readonly #exact = new Map<string, T>()
  readonly #prefixes = new Map<string, T>()
  /** How many prefixes there are of each length. */
  readonly #prefixLengths = new Map<number, number>()
  readonly #wildcards: TrieNode<T> = newNode()
  #wildcardCount = 0

  get size(): number {
    return this.#exact.size + this.#prefixes.size + this.#wildcardCount
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
    for (const length of this.#prefixLengths.keys()) {
      if (length > uri.length) continue
      const value = this.#prefixes.get(uri.slice(0, length))
      if (value !== undefined) found.push(value)
    }
    if (this.#wildcardCount > 0) collect(this.#wildcards, uri.split('.'), 0, found)
    return found
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

function collect<T>(node: TrieNode<T>, parts: readonly string[], depth: number, found: T[]): void {
  const part = parts[depth]
  if (part === undefined) {
    if (node.value !== undefined) found.push(node.value)
    return
  }
  const named = node.named.get(part)
  if (named !== undefined) collect(named, parts, depth + 1, found)
  if (node.any !== undefined) collect(node.any, parts, depth + 1, found)
}

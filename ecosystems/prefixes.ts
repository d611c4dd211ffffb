import { maxPrefixComponents } from './names.ts'

/**
 * Which device owns which part of the names of one realm. Prefixes never overlap, so a URI has at most one owner,
 * found by looking up the URI's beginnings that end at a component boundary: never by a scan.
 */
export class Prefixes {
  readonly #owners = new Map<string, string>()
  /** Names that have prefixes inside, and how many: `a` and `a.b` for `a.b.c`. */
  readonly #below = new Map<string, number>()

  /** Id of the device that owns the URI, or the pattern's fixed beginning. */
  ownerOf(uri: string): string | undefined {
    if (this.#owners.size === 0) return undefined
    let end = uri.indexOf('.')
    for (let components = 1; components <= maxPrefixComponents; components++) {
      const owner = this.#owners.get(end === -1 ? uri : uri.slice(0, end))
      if (owner !== undefined || end === -1) return owner
      end = uri.indexOf('.', end + 1)
    }
    return undefined
  }

  /** Whether the prefix is one that is owned, lies inside one, or has one inside. */
  overlaps(prefix: string): boolean {
    return this.ownerOf(prefix) !== undefined || this.#below.has(prefix)
  }

  add(prefix: string, device: string): void {
    this.#owners.set(prefix, device)
    for (const above of namesAbove(prefix))
      this.#below.set(above, (this.#below.get(above) ?? 0) + 1)
  }

  /** A device that is claimed gives back the name it had before. */
  remove(prefix: string): void {
    if (!this.#owners.delete(prefix)) return
    for (const above of namesAbove(prefix)) {
      const left = (this.#below.get(above) ?? 1) - 1
      if (left === 0) this.#below.delete(above)
      else this.#below.set(above, left)
    }
  }
}

function* namesAbove(prefix: string): Generator<string> {
  for (let end = prefix.indexOf('.'); end !== -1; end = prefix.indexOf('.', end + 1))
    yield prefix.slice(0, end)
}

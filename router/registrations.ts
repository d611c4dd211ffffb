import type { Match } from './access.ts'
import { PatternIndex } from './pattern-index.ts'
import type { Registration } from './registration.ts'

/** All registrations of a dealer: by id, by match policy and URI, and the one that a CALL of a URI reaches. */
export class Registrations {
  readonly #byId = new Map<number, Registration>()
  readonly #index: PatternIndex<Registration>

  /** URIs below one of `reservedRoots` reach only those patterns that name the root: see `PatternIndex`. */
  constructor(reservedRoots: readonly string[] = []) {
    // Names under `wamp` are the router's own, and are answered by nobody else.
    this.#index = new PatternIndex(['wamp', ...reservedRoots])
  }

  get size(): number {
    return this.#byId.size
  }

  get hasWildcards(): boolean {
    return this.#index.hasWildcards
  }

  byId(id: number): Registration | undefined {
    return this.#byId.get(id)
  }

  /** The registration of exactly this URI or pattern. */
  get(match: Match, procedure: string): Registration | undefined {
    return this.#index.get(match, procedure)
  }

  /** The one registration that a CALL of `uri` reaches. */
  best(uri: string): Registration | undefined {
    return this.#index.best(uri)
  }

  /** In order of creation. */
  all(): IterableIterator<Registration> {
    return this.#byId.values()
  }

  add(registration: Registration): void {
    this.#byId.set(registration.id, registration)
    this.#index.set(registration.match, registration.procedure, registration)
  }

  delete({ id, match, procedure }: Registration): void {
    this.#byId.delete(id)
    this.#index.delete(match, procedure)
  }
}

import { LRUCache } from 'lru-cache'

/** Names of ended things that are remembered: only for as long as a join takes are they needed. */
const remembered = 10_000

/** By what a session came that joined with a token of ours. */
export interface Origin {
  /** Digest of the token. */
  readonly token: string
  /** Resources that its permissions are of. */
  readonly resources: readonly string[]
  /** To whom it was given, as `client:<id>`. */
  readonly client: string
  /** Of `Endings.now` before anything of it was read. */
  readonly readAt: number
}

/**
 * What was taken back: tokens, permissions on resources, clients. Whoever joined by it is told of at once; whoever is in the
 * middle of joining by it finds out at the end, as what was read for it is older than its end.
 */
export class Endings {
  readonly #ended = new LRUCache<string, number>({ max: remembered })
  readonly #listeners = new Set<(concerns: (origin: Origin) => boolean) => void>()
  #count = 0

  /** Moves with every ending. */
  get now(): number {
    return this.#count
  }

  /** `listener` gets a test of whose session has ended. Returns how to stop listening. */
  listen(listener: (concerns: (origin: Origin) => boolean) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** A token, by its digest; a resource, by its id; or a client, as `client:<id>`. */
  end(name: string): void {
    this.#ended.set(name, ++this.#count)
    for (const listener of this.#listeners)
      listener(({ token, resources, client }) => [token, client, ...resources].includes(name))
  }

  /** Whether what a session came by ended after it was read. */
  isOver({ token, resources, client, readAt }: Origin): boolean {
    return [token, client, ...resources].some((name) => (this.#ended.get(name) ?? 0) > readAt)
  }
}

import type { Broker } from './broker.ts'
import type { EngineLog } from './log.ts'
import type { Peer } from './peer.ts'
import type { Dict } from './wire/message.ts'
import { Payload, type PackedPayload } from './wire/payload.ts'

/** When a testament is published: when the session loses its transport, or when it ends. */
export type TestamentScope = 'detached' | 'destroyed'

/** An event that a session leaves to be published after it. */
export interface Testament {
  readonly topic: string
  /** As of a PUBLISH. */
  readonly options: Dict
  readonly payload: PackedPayload
  /** What it counts for in `limits.testamentBytes`. */
  readonly bytes: number
}

/**
 * The testaments of one session, in two buckets (rfc/text/advanced/pubsub_testament.md), each in the order in which
 * they were added.
 */
export class Testaments {
  #detached: Testament[] = []
  #destroyed: Testament[] = []

  get count(): number {
    return this.#detached.length + this.#destroyed.length
  }

  get bytes(): number {
    return [...this.#detached, ...this.#destroyed].reduce((sum, { bytes }) => sum + bytes, 0)
  }

  add(scope: TestamentScope, testament: Testament): void {
    if (scope === 'detached') this.#detached.push(testament)
    else this.#destroyed.push(testament)
  }

  /** Removes and returns those of a scope. */
  take(scope: TestamentScope): Testament[] {
    const taken = scope === 'detached' ? this.#detached : this.#destroyed
    if (scope === 'detached') this.#detached = []
    else this.#destroyed = []
    return taken
  }
}

/**
 * Publishes testaments one after the other, as from the session that left them: whether it may publish there is
 * decided anew. What is refused is left out, and the others go on.
 */
export async function publishTestaments(
  testaments: readonly Testament[],
  publisher: Peer,
  { broker, log }: { readonly broker: Broker; readonly log: EngineLog },
): Promise<void> {
  for (const { topic, options, payload } of testaments) {
    try {
      const published = broker.publishFor(publisher, topic, options, Payload.unpack(payload))
      // Those that need not wait are out in the same step in which the session ends.
      if (published instanceof Promise) await published
    } catch (error) {
      log('error', 'a testament could not be published', { error, topic, session: publisher.id })
    }
  }
}

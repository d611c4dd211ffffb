import { batchFraming, single, type Framing } from './batch.ts'
import type { Serializer } from './serializer.ts'
import { serializers } from './serializers.ts'

/** What a client asks for by one name, at WebSocket and long-poll alike. */
export interface Subprotocol {
  /** For instance `wamp.2.json` or `wamp.2.json.batched`. */
  readonly name: string
  readonly serializer: Serializer
  readonly framing: Framing
}

/** All subprotocols by name: each serializer, plain and batched. */
export const subprotocols: ReadonlyMap<string, Subprotocol> = new Map(
  serializers
    .flatMap((serializer): Subprotocol[] => [
      { name: serializer.subprotocol, serializer, framing: single },
      {
        name: `${serializer.subprotocol}.batched`,
        serializer,
        framing: batchFraming(serializer),
      },
    ])
    .map((subprotocol) => [subprotocol.name, subprotocol]),
)

/** The first of the names, in the client's order, that the router speaks. */
export function chooseSubprotocol(offered: Iterable<unknown>): Subprotocol | undefined {
  for (const name of offered) {
    const subprotocol = typeof name === 'string' ? subprotocols.get(name) : undefined
    if (subprotocol !== undefined) return subprotocol
  }
  return undefined
}

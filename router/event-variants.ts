import type { Match } from './access.ts'
import type { Marks, Publication } from './publication.ts'
import type { Subscription } from './subscription.ts'
import { EVENT, type Dict } from './wire/message.ts'
import { SharedMessage } from './wire/shared-message.ts'

/** Details that only some subscribers see, as bits: each shows what its owner announced a use for. */
export const seesPublisher = 1
export const seesTrustlevel = 2

/** What a subscriber with these features sees of the details that are not for everybody. */
export function sightOf(features: ReadonlySet<string>): number {
  return (
    (features.has('subscriber.publisher_identification') ? seesPublisher : 0) |
    (features.has('subscriber.publication_trustlevels') ? seesTrustlevel : 0)
  )
}

/**
 * The EVENTs of one publication for one subscription. Its subscribers share one, but where they may see different
 * details: none is made before somebody needs it, and nobody's details are ever written into another's.
 */
export class EventVariants {
  readonly #subscription: Subscription
  readonly #publication: Publication
  readonly #bySight: (SharedMessage | undefined)[] = [undefined, undefined, undefined, undefined]

  constructor(subscription: Subscription, publication: Publication) {
    this.#subscription = subscription
    this.#publication = publication
  }

  /** The one for a subscriber that sees as much as `sight`. */
  for(sight: number): SharedMessage {
    const { marks } = this.#publication
    let seen = 0
    if (marks.publisher !== undefined) seen |= sight & seesPublisher
    if (marks.trustlevel !== undefined) seen |= sight & seesTrustlevel
    return (this.#bySight[seen] ??= eventOf(this.#subscription, this.#publication, seen))
  }
}

/** The EVENT for a subscriber that sees as much as `sight`. */
export function eventOf(
  subscription: Subscription,
  publication: Publication,
  sight: number,
): SharedMessage {
  const { id, match } = subscription
  const { topic, payload, marks } = publication
  const details = detailsOf(match, topic, marks, sight)
  return new SharedMessage({
    type: EVENT,
    subscription: id,
    publication: publication.id,
    details,
    payload,
  })
}

/** EVENT.Details for a subscriber that sees as much as `sight`, of a subscription that matches so. */
export function detailsOf(match: Match, topic: string, marks: Marks, sight: number): Dict {
  const { open, publisher, trustlevel } = marks
  let details: Dict = open
  if ((sight & seesPublisher) !== 0 && publisher !== undefined)
    details = { ...details, ...publisher }
  if ((sight & seesTrustlevel) !== 0 && trustlevel !== undefined) {
    details = { ...details, trustlevel }
  }
  return match === 'exact' ? details : { ...details, topic }
}

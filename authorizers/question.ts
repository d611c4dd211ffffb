import type { Devices, Requirement } from '../ecosystems/devices.ts'
import type { Ecosystems } from '../ecosystems/ecosystems.ts'
import type { EpochCounter } from '../ecosystems/epochs.ts'
import type { Subject } from '../ecosystems/grants.ts'
import type { GrantRow } from '../ecosystems/store/store.ts'
import type { AccessRequest, Epochs } from '../router/access.ts'

/** What is asked: the part of a request on which checks decide. */
export type AccessQuestion = Pick<AccessRequest, 'action' | 'uri' | 'match' | 'realm' | 'principal'>

/** What checks read. */
export type Facts = Pick<Ecosystems, 'epoch' | 'people' | 'devices' | 'grants'>

type OwningDevice = ReturnType<Devices['owning']>

/** One question on its way through the checks: what was asked, and what they have found out so far. */
export class Question {
  readonly asked: AccessQuestion
  readonly facts: Facts
  /** Milliseconds since the epoch. */
  readonly now: number
  /** The principal's right does not depend on a grant: it follows from what it is and from the name. */
  settled = false
  /** What the ecosystems of the URI's device ask for. */
  requirements: readonly Requirement[] = []
  /** The grant by which it is allowed, and what was required there. */
  grant: GrantRow | undefined
  required: number | undefined
  readonly #parts = new Map<EpochCounter, number>()
  #owner: { readonly device: OwningDevice } | undefined

  constructor(asked: AccessQuestion, facts: Facts, now: number) {
    this.asked = asked
    this.facts = facts
    this.now = now
  }

  /** The party that grants can be given to; `undefined` for those that have none. */
  get subject(): Subject | undefined {
    const { kind, authid } = this.asked.principal
    return kind === 'person' || kind === 'device' ? { kind, id: authid } : undefined
  }

  /** The device whose prefix the URI lies under, or the fixed beginning of a pattern. */
  get owner(): OwningDevice {
    if (this.#owner === undefined) {
      const { devices } = this.facts
      const { realm, uri } = this.asked
      const device = devices.owning(realm, uri)
      this.#owner = { device }
      this.relyOn(device === undefined ? devices.epochOfRealm(realm) : devices.epochOf(device.id))
    }
    return this.#owner.device
  }

  /** The owner, if a check has looked for it. */
  get knownOwner(): OwningDevice {
    return this.#owner?.device
  }

  /** Whether what is asked for, all of it in case of a pattern, lies under the prefix. */
  isWithin(prefix: string): boolean {
    const { uri, match } = this.asked
    // `lamp` as a pattern matches `lamp2.switch` too, so a pattern must have the dot.
    return (match === 'exact' && uri === prefix) || uri.startsWith(`${prefix}.`)
  }

  /** The answer falls when this counter moves. */
  relyOn(counter: EpochCounter): void {
    if (!this.#parts.has(counter)) this.#parts.set(counter, counter.value)
  }

  get epochs(): Epochs {
    const parts = Array.from(this.#parts, ([counter, seen]) => ({ counter, seen }))
    return { root: this.facts.epoch, parts }
  }
}

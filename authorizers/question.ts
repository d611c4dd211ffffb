import type { Devices, Requirement } from '../ecosystems/devices.ts'
import type { Ecosystems } from '../ecosystems/ecosystems.ts'
import type { EpochCounter } from '../ecosystems/epochs.ts'
import { evidenceOf, type Evidence } from '../ecosystems/evidence.ts'
import type { Subject } from '../ecosystems/grants.ts'
import type { Held } from '../ecosystems/holdings.ts'
import type { AuthorizerRow, CapabilityAction } from '../ecosystems/store/store.ts'
import { behalfKey } from '../realms/uris.ts'
import type { AccessRequest, Epochs } from '../router/access.ts'
import type { Candidate, Cure } from './candidate.ts'

/** What is asked: the part of a request on which checks decide. */
export type AccessQuestion = Pick<
  AccessRequest,
  'action' | 'uri' | 'match' | 'realm' | 'principal'
> & {
  /** The session that asks; absent when somebody wants to know what would be. */
  readonly session?: number
  /** Digest of the arguments, computed only when a proof is bound to them. `undefined`: they cannot be read. */
  readonly argsSha256?: () => string | undefined
  /** By what a call that is open was let through, when it is asked whether it may go on. */
  readonly underWay?: Candidate
  /** Integrators' components are asked where rules name them, when the checks have allowed it. */
  readonly componentsAsked?: boolean
  /** Options of the message. */
  readonly options?: AccessRequest['options']
}

/** What checks read. */
export type Facts = Pick<
  Ecosystems,
  | 'epoch'
  | 'people'
  | 'identities'
  | 'devices'
  | 'directory'
  | 'deviceActs'
  | 'grants'
  | 'holdings'
  | 'policies'
  | 'assurances'
  | 'stepUps'
  | 'presences'
  | 'authorizerRules'
>

type OwningDevice = ReturnType<Devices['owning']>

/** One question on its way through the checks: what was asked, and what they have found out so far. */
export class Question {
  readonly asked: AccessQuestion
  readonly facts: Facts
  /** Milliseconds since the epoch. */
  readonly now: number
  readonly evidence: Evidence
  /** The principal's right does not depend on a grant: it follows from what it is and from the name. */
  settled = false
  /** The person whose own name this is (`user.<id>.…`), when somebody else asks for it. */
  namesake: string | undefined
  /** The child of a gateway in whose place the gateway asks. */
  speaker: string | undefined
  /** The integrators' rules that have a say in it. */
  rules: readonly AuthorizerRow[] = []
  /** An ecosystem of the device that keeps names from it, where no ecosystem's grant is what allows it. */
  keepsNames: string | undefined
  /** What receivers are told besides who asked. */
  attested: Readonly<Record<string, unknown>> | undefined
  /** What the ecosystems of the URI's device ask for. */
  requirements: readonly Requirement[] = []
  /** What the party holds of it, by ecosystem. */
  readonly held: Map<string | null, Held> = new Map()
  /** The best level that the party's proof, or its kind, is good for, by ecosystem. `Infinity`: for none. */
  readonly caps: Map<string, number> = new Map()
  /** What says no whatever the level is: the id of a grant, or `policy`. */
  forbidden: string | undefined
  /** The ways in which it could still be allowed. */
  candidates: readonly Candidate[] = []
  /** What would make a yes of the no. Told only to whoever holds something there. */
  cure: Cure | undefined
  /** When the answer may become another one by itself. */
  until: number = Infinity
  /** The answer is good for this one message. */
  once = false
  readonly #parts = new Map<EpochCounter, number>()
  #owner: { readonly device: OwningDevice } | undefined

  constructor(asked: AccessQuestion, facts: Facts, now: number) {
    this.asked = asked
    this.facts = facts
    this.now = now
    this.evidence = evidenceOf(asked.principal)
  }

  /** The party that grants can be given to; `undefined` for those that have none. */
  get subject(): Subject | undefined {
    const { kind, authid } = this.asked.principal
    if (this.speaker !== undefined) return { kind: 'device', id: this.speaker }
    return kind === 'person' || kind === 'device' ? { kind, id: authid } : undefined
  }

  /** On whose behalf it is said to be asked, whatever came; `undefined`: the party's own. */
  get named(): unknown {
    return this.asked.options?.[behalfKey]
  }

  /** What is to be done: nobody holds the right to register. */
  get use(): CapabilityAction | undefined {
    const { action } = this.asked
    return action === 'register' ? undefined : action
  }

  /** The candidate that costs least: nothing is used up where something else will do. */
  get chosen(): Candidate | undefined {
    let best: Candidate | undefined
    for (const each of this.candidates)
      if (best === undefined || cost(each) < cost(best)) best = each
    return best
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

  /**
   * Strikes out the candidates that do not pass, and leaves `cure` of the best one that was struck out, if none is left.
   * @param pass `undefined`: it passes
   */
  narrow(pass: (candidate: Candidate) => Candidate | Cure): void {
    const left: Candidate[] = []
    let cure: Cure | undefined
    for (const candidate of this.candidates) {
      const outcome = pass(candidate)
      if ('error' in outcome) cure ??= outcome
      else left.push(outcome)
    }
    this.candidates = left
    if (left.length === 0) this.cure = cure
  }

  /** Whether a call that is open began by this: its use is counted, and what it took besides was shown. */
  isUnderWay({ holding, requirement }: Candidate): boolean {
    const { underWay } = this.asked
    return (
      underWay?.holding.grant.id === holding.grant.id &&
      underWay.requirement.ecosystem === requirement.ecosystem
    )
  }

  /** The answer falls when this counter moves. */
  readonly relyOn: (counter: EpochCounter) => void = (counter) => {
    if (!this.#parts.has(counter)) this.#parts.set(counter, counter.value)
  }

  /** The answer falls at this moment at the latest. */
  endAt(at: number): void {
    if (at < this.until) this.until = at
  }

  get epochs(): Epochs {
    const parts = Array.from(this.#parts, ([counter, seen]) => ({ counter, seen }))
    return { root: this.facts.epoch, parts }
  }
}

/** A proof is dearer than a use, a use than nothing; then the level counts: 1 is told to the device as most trusted. */
function cost({ holding, stepUp, level }: Candidate): number {
  return (stepUp === undefined ? 0 : 2_000) + (holding.counted ? 1_000 : 0) + level
}

import { randomBytes } from 'node:crypto'
import type { Clock } from '../../clock.ts'
import { ProofError } from '../../proofs/proof-error.ts'
import { full } from '../errors.ts'

/** What a confirmation is asked for: exactly this call, by this person. */
export interface Asked {
  /** The person's id. */
  readonly caller: string
  readonly uri: string
  readonly argsSha256: string
  /** Only this session may use what comes of it. */
  readonly session?: number | undefined
}

/** A question that is open, good once. */
export interface Challenge extends Asked {
  /** 128 bits in base64url. */
  readonly challenge: string
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
}

export interface ChallengeBounds {
  /** Open ones of everybody. */
  readonly challenges: number
  /** Open ones of one person. */
  readonly challengesPerPerson: number
  readonly challengeTtlMs: number
}

export const challengeBounds: ChallengeBounds = {
  challenges: 10_000,
  challengesPerPerson: 16,
  challengeTtlMs: 60_000,
}

/**
 * The questions to which a person's device gives its signed answer. Kept in memory: after a restart one asks anew.
 */
export class Challenges {
  readonly #clock: Clock
  readonly #bounds: ChallengeBounds
  /** All are good for as long, so the first one ends first. */
  readonly #open = new Map<string, Challenge>()
  readonly #ofPerson = new Map<string, number>()

  constructor({
    clock,
    bounds,
  }: {
    readonly clock: Clock
    readonly bounds?: Partial<ChallengeBounds>
  }) {
    this.#clock = clock
    this.#bounds = { ...challengeBounds, ...bounds }
  }

  get size(): number {
    return this.#open.size
  }

  /** @throws DomainError invalid_state when the person, or all together, have too many open */
  begin(asked: Asked): Challenge {
    this.#prune()
    const { challenges, challengesPerPerson, challengeTtlMs } = this.#bounds
    if (this.#open.size >= challenges) throw full('challenges', challenges)
    const own = this.#ofPerson.get(asked.caller) ?? 0
    if (own >= challengesPerPerson) throw full('challengesPerPerson', challengesPerPerson)
    const challenge: Challenge = {
      ...asked,
      challenge: randomBytes(16).toString('base64url'),
      expiresAt: this.#clock.now() + challengeTtlMs,
    }
    this.#open.set(challenge.challenge, challenge)
    this.#ofPerson.set(asked.caller, own + 1)
    return challenge
  }

  /**
   * Takes a person's challenge out, whatever its answer is worth: a wrong one is not followed by another try.
   * @throws ProofError `challenge` for one that is unknown, used, another person's or too old
   */
  take(challenge: string, caller: string): Challenge {
    this.#prune()
    const found = this.#open.get(challenge)
    // Another person's stays open: nobody can close it by guessing or overhearing.
    if (found === undefined || found.caller !== caller)
      throw new ProofError('challenge', 'there is no such challenge')
    this.#forget(found)
    return found
  }

  #prune(): void {
    const now = this.#clock.now()
    for (const challenge of this.#open.values()) {
      if (challenge.expiresAt > now) return
      this.#forget(challenge)
    }
  }

  #forget({ challenge, caller }: Challenge): void {
    this.#open.delete(challenge)
    const left = (this.#ofPerson.get(caller) ?? 1) - 1
    if (left > 0) this.#ofPerson.set(caller, left)
    else this.#ofPerson.delete(caller)
  }
}

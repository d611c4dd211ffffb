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
  /** Open ones of one session: a session in wrong hands must not use up all of the person's. */
  readonly challengesPerSession: number
  readonly challengeTtlMs: number
}

export const challengeBounds: ChallengeBounds = {
  challenges: 10_000,
  challengesPerPerson: 32,
  challengesPerSession: 8,
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
  readonly #ofSession = new Map<number, number>()

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

  /** @throws DomainError invalid_state when the session, the person, or all together have too many open */
  begin(asked: Asked): Challenge {
    this.#prune()
    const { challenges, challengesPerPerson, challengesPerSession, challengeTtlMs } = this.#bounds
    if (this.#open.size >= challenges) throw full('challenges', challenges)
    const own = this.#ofPerson.get(asked.caller) ?? 0
    if (own >= challengesPerPerson) throw full('challengesPerPerson', challengesPerPerson)
    const { session } = asked
    const here = session === undefined ? 0 : (this.#ofSession.get(session) ?? 0)
    if (here >= challengesPerSession) throw full('challengesPerSession', challengesPerSession)
    const challenge: Challenge = {
      ...asked,
      challenge: randomBytes(16).toString('base64url'),
      expiresAt: this.#clock.now() + challengeTtlMs,
    }
    this.#open.set(challenge.challenge, challenge)
    this.#ofPerson.set(asked.caller, own + 1)
    if (session !== undefined) this.#ofSession.set(session, here + 1)
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

  #forget({ challenge, caller, session }: Challenge): void {
    this.#open.delete(challenge)
    countDown(this.#ofPerson, caller)
    if (session !== undefined) countDown(this.#ofSession, session)
  }
}

function countDown<Key>(counts: Map<Key, number>, key: Key): void {
  const left = (counts.get(key) ?? 1) - 1
  if (left > 0) counts.set(key, left)
  else counts.delete(key)
}

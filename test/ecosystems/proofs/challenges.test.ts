import assert from 'node:assert/strict'
import { DomainError } from '../../../ecosystems/errors.ts'
import { Challenges } from '../../../ecosystems/proofs/challenges.ts'
import { ProofError } from '../../../proofs/proof-error.ts'
import { ManualClock } from '../../support/manual-clock.ts'

const asked = { caller: 'guest', uri: 'door.unlock', argsSha256: 'a'.repeat(64) }

function isUnknown(error: unknown): boolean {
  return error instanceof ProofError && error.problem === 'challenge'
}

describe('challenges', () => {
  it('are of 128 bits, never the same, and remember what they are for', () => {
    const challenges = new Challenges({ clock: new ManualClock(0) })
    const first = challenges.begin({ ...asked, session: 7 })
    const second = challenges.begin(asked)
    assert.equal(Buffer.from(first.challenge, 'base64url').length, 16)
    assert.notEqual(first.challenge, second.challenge)
    assert.equal(first.expiresAt, 60_000)
    assert.deepEqual(challenges.take(first.challenge, 'guest'), first)
    assert.equal(first.session, 7)
  })

  it('are good once', () => {
    const challenges = new Challenges({ clock: new ManualClock(0) })
    const { challenge } = challenges.begin(asked)
    challenges.take(challenge, 'guest')
    assert.throws(() => challenges.take(challenge, 'guest'), isUnknown)
  })

  it('are of use to nobody else, who cannot use them up either', () => {
    const challenges = new Challenges({ clock: new ManualClock(0) })
    const { challenge } = challenges.begin(asked)
    assert.throws(() => challenges.take(challenge, 'friend'), isUnknown)
    challenges.take(challenge, 'guest')
  })

  it('are over after a minute, and nothing of them is kept', () => {
    const clock = new ManualClock(0)
    const challenges = new Challenges({ clock })
    const { challenge } = challenges.begin(asked)
    clock.advance(60_000)
    assert.throws(() => challenges.take(challenge, 'guest'), isUnknown)
    assert.equal(challenges.size, 0)
  })

  it('are bounded for each session, so that one in wrong hands leaves some to the others', () => {
    const clock = new ManualClock(0)
    const bounds = { challengesPerSession: 2 }
    const challenges = new Challenges({ clock, bounds })
    const begin = (session: number): string => challenges.begin({ ...asked, session }).challenge
    const first = begin(1)
    begin(1)
    assert.throws(() => begin(1), /^DomainError: challengesPerSession:/)
    begin(2)
    challenges.take(first, 'guest')
    begin(1)
    clock.advance(60_000)
    begin(1)
    begin(1)
    assert.equal(challenges.size, 2)
  })

  it('are bounded for each person, and in all, until some are over', () => {
    const clock = new ManualClock(0)
    const bounds = { challenges: 3, challengesPerPerson: 2 }
    const challenges = new Challenges({ clock, bounds })
    const isFull = (key: string) => (error: unknown) =>
      error instanceof DomainError && error.message.startsWith(`${key}:`)
    challenges.begin(asked)
    const second = challenges.begin(asked)
    assert.throws(() => challenges.begin(asked), isFull('challengesPerPerson'))
    challenges.begin({ ...asked, caller: 'friend' })
    assert.throws(() => challenges.begin({ ...asked, caller: 'owner' }), isFull('challenges'))
    challenges.take(second.challenge, 'guest')
    challenges.begin({ ...asked, caller: 'owner' })
    clock.advance(60_000)
    challenges.begin(asked)
    challenges.begin(asked)
    assert.equal(challenges.size, 2)
  })
})

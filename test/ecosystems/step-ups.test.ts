import assert from 'node:assert/strict'
import { StepUps, type StepUp } from '../../ecosystems/step-ups.ts'

const now = 1_000_000
const one: StepUp = {
  session: 7,
  uri: 'door.unlock',
  argsSha256: 'a'.repeat(64),
  acr: 'aal2',
  provenAt: now,
  expiresAt: now + 60_000,
  authenticator: 'au_watch',
}

describe('proofs that wait for their calls', () => {
  const revoked = new Set<string>()
  const open = (stepUpsPerSession = 16): StepUps =>
    new StepUps({ bounds: { stepUpsPerSession }, isGood: (id) => !revoked.has(id) })

  beforeEach(() => revoked.clear())

  it('are found by session and URI, and spent once', () => {
    const stepUps = open()
    stepUps.add(one, now)
    assert.deepEqual(stepUps.of(7, 'door.unlock'), [one])
    assert.deepEqual(stepUps.of(8, 'door.unlock'), [])
    assert.deepEqual(stepUps.of(7, 'safe.open'), [])
    assert.equal(stepUps.spend(one), true)
    assert.equal(stepUps.spend(one), false)
    assert.deepEqual(stepUps.of(7, 'door.unlock'), [])
    assert.equal(stepUps.size, 0)
  })

  it('fall with what they came from, also between the decision and the message', () => {
    const stepUps = open()
    stepUps.add(one, now)
    const [found] = stepUps.of(7, 'door.unlock')
    revoked.add('au_watch')
    assert.deepEqual(stepUps.of(7, 'door.unlock'), [])
    assert.ok(found !== undefined)
    assert.equal(stepUps.spend(found), false)
  })

  it('end with their session', () => {
    const stepUps = open()
    stepUps.add(one, now)
    stepUps.forget(7)
    assert.deepEqual(stepUps.of(7, 'door.unlock'), [])
    assert.equal(stepUps.size, 0)
  })

  it('are bounded for each session; those that are over make room', () => {
    const stepUps = open(2)
    stepUps.add(one, now)
    stepUps.add({ ...one, uri: 'safe.open' }, now)
    assert.throws(() => stepUps.add(one, now), /stepUpsPerSession: there are 2/)
    stepUps.add({ ...one, session: 8 }, now)
    stepUps.add({ ...one, expiresAt: now + 120_000 }, now + 60_000)
    assert.equal(stepUps.of(7, 'door.unlock').length, 1)
    assert.equal(stepUps.of(7, 'safe.open').length, 0)
  })
})

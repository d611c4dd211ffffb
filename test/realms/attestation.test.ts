import assert from 'node:assert/strict'
import type { Candidate } from '../../authorizers/candidate.ts'
import type { Question } from '../../authorizers/question.ts'
import { Assertions } from '../../ecosystems/proofs/assertion.ts'
import { argumentsDigest } from '../../ecosystems/proofs/digest.ts'
import { HouseKey } from '../../ecosystems/proofs/house-key.ts'
import { proofEffects } from '../../realms/attestation.ts'
import { Payload } from '../../router/wire/payload.ts'
import { claimsOf } from '../ecosystems/proofs/keys.ts'
import { ManualClock } from '../support/manual-clock.ts'

type Parts = Parameters<typeof proofEffects>[1]

describe('what a decision has the house assert', () => {
  const house = HouseKey.ephemeral()
  const assertions = new Assertions({ key: house, clock: new ManualClock() })
  const candidate = { level: 2, requirement: { ecosystem: 'home' } } as unknown as Candidate
  const question = (kind: string, authid: string): Question =>
    ({
      asked: { principal: { kind, authid } },
      evidence: {},
      owner: { id: 'd_door' },
    }) as unknown as Question

  function effects(parts: Partial<Parts> = {}, pseudonyms = false) {
    return proofEffects(assertions, {
      assurances: { provenIn: () => ({ acr: 'aal2', at: 0 }) },
      directory: { get: () => ({ pseudonyms }) },
      ...parts,
    } as unknown as Parts)
  }

  function claims(made: ReturnType<typeof effects>, asked: Question, given = candidate) {
    const payload = Payload.of([1], { a: true })
    const details = made.assert(asked, given)({ payload, uri: 'door1.unlock' })
    assert.deepEqual(Object.keys(details), ['_authz'])
    return claimsOf(String(details['_authz']))
  }

  it('names the person, the device, the level, the assurance and the arguments', () => {
    const {
      sub,
      aud,
      level,
      acr,
      uri,
      args_sha256: digest,
    } = claims(effects(), question('person', 'p'))
    assert.deepEqual([sub, aud, level, acr, uri], ['p', 'd_door', 2, 'aal2', 'door1.unlock'])
    assert.equal(digest, argumentsDigest({ args: [1], kwargs: { a: true } }))
  })

  it('tells a device from a person of the same name', () => {
    assert.equal(claims(effects(), question('device', 'p'))['sub'], 'device:p')
  })

  it('tells the assurance of the proof for this call, where there is one, and else the least', () => {
    const stepUp = { ...candidate, stepUp: { acr: 'aal3' } } as unknown as Candidate
    assert.equal(claims(effects(), question('person', 'p'), stepUp)['acr'], 'aal3')
    const unknown = { provenIn: () => undefined } as unknown as Parts['assurances']
    assert.equal(claims(effects({ assurances: unknown }), question('person', 'p'))['acr'], 'aal1')
  })

  it('tells a pseudonym where names are kept, and nothing where there is none', () => {
    const disguise = (): { readonly authid: string } => ({ authid: 'x_7' })
    assert.equal(claims(effects({ disguise }, true), question('person', 'p'))['sub'], 'x_7')
    assert.throws(() => effects({}, true).assert(question('person', 'p'), candidate), /keeps names/)
  })

  it('binds proofs to the arguments, and none to those that are not the same everywhere', () => {
    const { digest } = effects()
    assert.equal(digest(Payload.of([1])), argumentsDigest({ args: [1] }))
    assert.equal(digest(Payload.of([2n ** 60n])), undefined)
  })
})

import assert from 'node:assert/strict'
import { Endings } from '../../authority/endings.ts'
import { defaultAuthorityLimits as limits } from '../../authority/limits.ts'
import { Resources } from '../../authority/resources.ts'
import { rptFacts, rptFactsOf, Rpts, type FoundRpt } from '../../authority/rpts.ts'
import { Safekeeping } from '../../authority/safekeeping.ts'
import { digestOf } from '../../authority/secrets.ts'
import { MemoryTokens } from '../../ecosystems/store/memory-tokens.ts'
import type { Principal } from '../../router/access.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { principal, saidHouse, type SaidHouse } from './house.ts'

const owner = { party: principal('owner'), client: 'tools' }

describe('requesting party tokens', () => {
  let house: SaidHouse
  let kept: Safekeeping
  let endings: Endings
  let resources: Resources
  let rpts: Rpts
  let lamp: string
  /** Run when a token is looked for: what happens in that moment. */
  let meanwhile: () => void | Promise<void>

  beforeEach(async () => {
    const clock = new ManualClock()
    house = saidHouse()
    meanwhile = () => undefined
    kept = new Safekeeping(new MemoryTokens(), { clock, limits, log: () => undefined })
    endings = new Endings()
    resources = new Resources({ kept, domain: house, limits, withdrawn: (id) => endings.end(id) })
    const made = await resources.create(owner, { name: 'lamp', resource_scopes: ['switch'] })
    lamp = made.id
    house.standings.set('friend lamp.switch', { kind: 'allow' })
    const facts = rptFacts(
      [{ resource_id: lamp, resource_scopes: ['switch'] }],
      principal('friend'),
    )
    rpts = new Rpts({
      domain: house,
      resources,
      endings,
      async find(value): Promise<FoundRpt | undefined> {
        await meanwhile()
        // As a token comes back from where it is kept.
        const read = rptFactsOf(JSON.parse(JSON.stringify(facts)))
        return value === 'rpt_1' && read !== undefined
          ? { value, client: 'friends_app', expiresAt: 42, facts: read }
          : undefined
      },
    })
  })
  afterEach(() => kept.close())

  const joined = async (): Promise<Principal> => {
    const found = await rpts.principal('rpt_1', 'home')
    assert(found !== undefined)
    return found
  }

  it('stand for their party, with its evidence and what they permit, for as long as they last', async () => {
    const { kind, authid, expiresAt, evidence } = await joined()
    assert.deepEqual([kind, authid, expiresAt], ['person', 'friend', 42])
    const { acr, permissions } = evidence as { acr: string; permissions: unknown }
    assert.equal(acr, 'pwd')
    assert.deepEqual(permissions, [{ uri: 'lamp.switch', action: 'call' }])
  })

  it('are good for nothing in another realm, without a right, for who fell, and when there are none', async () => {
    assert.equal(await rpts.principal('rpt_1', 'work'), undefined)
    assert.equal(await rpts.principal('rpt_2', 'home'), undefined)
    house.standings.set('friend lamp.switch', { kind: 'approval' })
    assert.equal(await rpts.principal('rpt_1', 'home'), undefined)
    house.standings.set('friend lamp.switch', { kind: 'allow' })
    house.fallen.add('friend')
    assert.equal(await rpts.principal('rpt_1', 'home'), undefined)
  })

  it('end the sessions that came by them, and no other', async () => {
    const session = await joined()
    const concerned: boolean[] = []
    rpts.onEnded((concerns) => concerned.push(concerns(session), concerns(principal('friend'))))
    endings.end(digestOf('rpt_2'))
    endings.end(digestOf('rpt_1'))
    await resources.remove(owner, lamp)
    assert.deepEqual(concerned.slice(0, 4), [false, false, true, false])
    assert.equal(concerned[4], true)
  })

  it('are over for who joins in the moment in which they end', async () => {
    meanwhile = () => endings.end(digestOf('rpt_1'))
    assert.equal(rpts.isOver(await joined()), true)
    meanwhile = () => undefined
    // What ended before it was read is not what was read.
    assert.equal(rpts.isOver(await joined()), false)
    endings.end(lamp)
    assert.equal(rpts.isOver(principal('friend')), false)
  })

  it('are nothing else that was kept', () => {
    for (const extra of [undefined, {}, { party: { person: 'x' } }, { permissions: [] }])
      assert.equal(rptFactsOf(extra), undefined)
  })
})

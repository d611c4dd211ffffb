import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import type { Ecosystems } from '../../ecosystems/ecosystems.ts'
import { DomainError } from '../../ecosystems/errors.ts'
import { SqliteStore } from '../../ecosystems/store/sqlite.ts'
import type { CapabilityAction, Conditions, Store } from '../../ecosystems/store/store.ts'
import { isAtLeastAsStrict } from '../../ecosystems/terms.ts'
import { levelOf } from './given.ts'
import { freshKey, House, issuer } from './house.ts'

const people = ['ann', 'ben', 'cat']
const ecosystems = ['home', 'car']
const prefixes = ['lamp', 'lamp.left', 'tv', 'hall.door']
const verbs = ['switch', 'state', 'other']

/** One change that somebody may ask for; those that are refused change nothing. */
type Step = (house: House, domain: Ecosystems) => Promise<unknown>

const person = fc.constantFrom(...people)
const ecosystem = fc.constantFrom(...ecosystems)
const level = fc.integer({ min: 1, max: 5 })
const conditions = fc.constantFrom<(Conditions | undefined)[]>(
  undefined,
  {},
  { approval: 'owner' },
  { acr: 'aal2', maxAgeMs: 1000 },
)
const device = fc.constantFrom(...prefixes.map((prefix) => prefix.replaceAll('.', '_')))

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(person, ecosystem, level).map(
    ([id, where, height]): Step =>
      (house) =>
        house.grant(id, height, { ecosystem: where }),
  ),
  fc.nat(20).map((index): Step => async (_house, { grants }) => {
    const all = grants.list({ includeRevoked: true })
    const chosen = all[index % Math.max(all.length, 1)]
    if (chosen !== undefined) await grants.revoke(chosen.id)
  }),
  person.map(
    (id): Step =>
      (_house, domain) =>
        domain.people.disable(id),
  ),
  person.map(
    (id): Step =>
      (_house, domain) =>
        domain.people.enable(id),
  ),
  fc.constantFrom('x', 'y').map(
    (subject): Step =>
      (_house, domain) =>
        domain.people.admit({ issuer, subject }),
  ),
  fc
    .tuple(fc.option(fc.constantFrom(...prefixes)), fc.subarray(ecosystems, { minLength: 1 }))
    .map(([prefix, where]): Step => async (house, domain) => {
      const code = await house.code({ ...(prefix !== null && { prefix }), ecosystems: where })
      await domain.devices.enrol({ code, publicKey: freshKey() })
    }),
  device.map(
    (id): Step =>
      (_house, domain) =>
        domain.devices.quarantine(id, 'odd'),
  ),
  device.map(
    (id): Step =>
      (_house, domain) =>
        domain.devices.release(id),
  ),
  fc.tuple(device, ecosystem).map(
    ([id, where]): Step =>
      (_house, domain) =>
        domain.devices.admit(id, where),
  ),
  fc.tuple(device, fc.nat(3)).map(
    ([id, value]): Step =>
      (_house, domain) =>
        domain.devices.announce(id, { attributes: { value }, capabilities: [] }),
  ),
  fc.tuple(device, fc.constantFrom(...verbs), ecosystem, level, conditions).map(
    ([id, verb, where, height, more]): Step =>
      (_house, domain) =>
        domain.devices.setLevel({
          device: id,
          uri: `${domain.devices.get(id)?.prefix ?? ''}.${verb}`,
          action: 'call',
          ecosystem: where,
          level: height,
          ...(more !== undefined && { conditions: more }),
        }),
  ),
  fc.tuple(fc.constantFrom('switch', 'state'), level, conditions).map(
    ([verb, height, more]): Step =>
      (_house, domain) =>
        domain.classes.put({
          id: 'light',
          prefix: 'lamp',
          capabilities: [
            {
              verb,
              action: 'call',
              level: height,
              ...(more !== undefined && { conditions: more }),
            },
          ],
        }),
  ),
)

async function furnished(store?: Store): Promise<House> {
  const house = await House.open({ ...(store !== undefined && { store }) })
  await house.ecosystems.directory.create({ id: 'car', realm: 'home' })
  for (const id of people) await house.person(id)
  return house
}

/** All that decisions can see. */
function visible(domain: Ecosystems): object {
  const actions: CapabilityAction[] = ['call', 'subscribe', 'publish']
  const byId = <Row extends { id: string }>(rows: readonly Row[]): Row[] =>
    rows.toSorted((a, b) => a.id.localeCompare(b.id))
  return {
    people: byId(domain.people.list()),
    grants: byId(domain.grants.list({ includeRevoked: true })),
    classes: byId(domain.classes.list()),
    devices: byId(domain.devices.list()).map((row) => ({
      row,
      byKey: domain.devices.byPublicKey(row.publicKey ?? '')?.id,
      owner: domain.devices.owning(row.realm, `${row.prefix}.switch`)?.id,
      capabilities: domain.devices.capabilitiesOf(row),
      requirements: actions.flatMap((action) =>
        verbs.map((verb) => domain.devices.requirements(row, action, `${row.prefix}.${verb}`)),
      ),
    })),
    levels: people.flatMap((id) =>
      ecosystems.map((where) => levelOf(domain.grants, { kind: 'person', id }, where)),
    ),
  }
}

/** What a step may be refused with; anything else is a fault. */
async function attempt(change: Promise<unknown>): Promise<void> {
  try {
    await change
  } catch (error) {
    if (!(error instanceof DomainError)) throw error
  }
}

describe('the security domain, whatever is asked of it', () => {
  it('has in memory what a fresh start would load', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const house = await furnished()
        for (const change of steps) await attempt(change(house, house.ecosystems))
        assert.deepEqual(visible(house.ecosystems), visible(await house.restarted()))
      }),
      { numRuns: 150 },
    )
  })

  it('has what a fresh start would load from a database', async function () {
    this.timeout(30_000)
    const folder = await mkdtemp(join(tmpdir(), 'latchkey-properties-'))
    let run = 0
    try {
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
          run += 1
          const house = await furnished(await SqliteStore.open(join(folder, `${run}.db`)))
          await Promise.all(steps.map((change) => attempt(change(house, house.ecosystems))))
          assert.deepEqual(visible(house.ecosystems), visible(await house.restarted()))
          await house.ecosystems.close()
        }),
        { numRuns: 15 },
      )
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('has so too when all is asked for at the same time', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const house = await furnished()
        await Promise.all(steps.map((change) => attempt(change(house, house.ecosystems))))
        assert.deepEqual(visible(house.ecosystems), visible(await house.restarted()))
      }),
      { numRuns: 150 },
    )
  })

  it('is never laxer than its store when that fails now and then', async () => {
    const flaky = fc.tuple(step, fc.boolean())
    await fc.assert(
      fc.asyncProperty(fc.array(flaky, { maxLength: 40 }), async (steps) => {
        const house = await furnished()
        for (const [change, broken] of steps) {
          house.store.broken = broken
          await attempt(change(house, house.ecosystems))
        }
        house.store.broken = false
        const [now, later] = [house.ecosystems, await house.restarted()]
        for (const { id, status } of now.people.list())
          if (status === 'active') assert.equal(later.people.get(id)?.status, 'active')
        for (const { id, status } of now.devices.list())
          if (status === 'active') assert.equal(later.devices.get(id)?.status, 'active')
        for (const id of people)
          for (const where of ecosystems) {
            const subject = { kind: 'person', id } as const
            assert.ok(levelOf(now.grants, subject, where) >= levelOf(later.grants, subject, where))
          }
        for (const row of now.devices.list())
          for (const verb of verbs) {
            const uri = `${row.prefix}.${verb}`
            const stored = new Map(
              later.devices
                .requirements(row, 'call', uri)
                .map((required) => [required.ecosystem, required]),
            )
            for (const required of now.devices.requirements(row, 'call', uri)) {
              const wanted = stored.get(required.ecosystem)
              assert.ok(wanted !== undefined && isAtLeastAsStrict(required, wanted))
            }
          }
      }),
      { numRuns: 150 },
    )
  })

  it('moves its root epoch with every change that is stored', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 20 }), async (steps) => {
        const house = await furnished()
        for (const change of steps) {
          const [seen, before] = [house.ecosystems.epoch.value, visible(house.ecosystems)]
          await attempt(change(house, house.ecosystems))
          const after = visible(house.ecosystems)
          if (JSON.stringify(before) !== JSON.stringify(after))
            assert.notEqual(house.ecosystems.epoch.value, seen)
        }
      }),
      { numRuns: 50 },
    )
  })
})

import { Bench } from 'tinybench'
import { ecosystemAuthorizer } from '../../authorizers/ecosystem.ts'
import { Ecosystems } from '../../ecosystems/ecosystems.ts'
import { MemoryStore } from '../../ecosystems/store/memory.ts'
import type { Change } from '../../ecosystems/store/store.ts'
import type { AccessRequest, Decision } from '../../router/access.ts'
import { Decisions } from '../../router/decisions.ts'
import { emptyDict } from '../../router/wire/message.ts'
import { Payload } from '../../router/wire/payload.ts'
import { deviceRow, ecosystemRow, grantRow, rowsAt } from '../../test/support/rows.ts'
import type { Figure } from './measure.ts'

const devices = 1_000
const people = 3_000
const disabled = 1_000
const grants = 10_000
const ecosystems = 20

/** 1,000 devices in 20 ecosystems, 10,000 grants of 3,000 people, of whom 1,000 are disabled. */
async function loaded(): Promise<Ecosystems> {
  const store = new MemoryStore()
  const changes: Change[] = []
  for (let i = 0; i < ecosystems; i++)
    changes.push({ kind: 'ecosystem.put', row: ecosystemRow({ id: `e${i}` }) })
  changes.push({
    kind: 'class.put',
    row: {
      id: 'light',
      prefix: 'lamp',
      capabilities: [{ verb: 'switch', action: 'call', level: 3 }],
    },
  })
  for (let i = 0; i < people; i++) {
    const status = i < disabled ? 'disabled' : 'active'
    const row = { id: `p${i}`, name: 'x', status, proofsAfter: null, createdAt: rowsAt } as const
    changes.push({ kind: 'person.put', row })
  }
  for (let i = 0; i < devices; i++) {
    const publicKey = `5a${i.toString(16).padStart(62, '0')}`
    const row = deviceRow({ id: `lamp${i}`, publicKey, ecosystems: [`e${i % ecosystems}`] })
    changes.push({ kind: 'device.put', row })
  }
  for (let i = 0; i < grants; i++) {
    const ecosystem = `e${(i * 7) % ecosystems}`
    const schedule = i % 10 === 0 ? 'mon-sun 00:00-24:00 Europe/Berlin' : null
    const row = grantRow({ id: `g${i}`, subject: `p${i % people}`, ecosystem, level: 3, schedule })
    changes.push({ kind: 'grant.put', row })
  }
  await store.commit(changes)
  return Ecosystems.open(store)
}

function request(person: number, device: number): AccessRequest {
  return {
    action: 'call',
    uri: `lamp${device}.switch`,
    match: 'exact',
    options: emptyDict,
    realm: 'home',
    session: person + 1,
    principal: {
      kind: 'person',
      authid: `p${person}`,
      authrole: 'person',
      authmethod: 'ticket',
      authprovider: 'x',
    },
    peer: { transport: 'local', address: '', operator: false },
    payload: Payload.empty,
  }
}

/** Decisions with a full house in memory: one that is kept, and one that is made. */
export async function measureDecisions(): Promise<Figure[]> {
  const house = await loaded()
  const authorize = ecosystemAuthorizer({ ecosystems: house })
  const asked = Array.from({ length: 10_007 }, (_, i) =>
    request((i * 31) % people, (i * 17) % devices),
  )
  const decisions = new Decisions(128)
  const allowed = asked.find((each) => (authorize(each) as Decision).allow)
  if (allowed === undefined) throw new Error('nobody may do anything in this house')
  decisions.keep('call', allowed.uri, authorize(allowed) as Decision)
  const now = Date.now()
  let next = 0
  let found = 0
  const bench = new Bench({ time: 1_500, warmupTime: 500 })
  bench.add('kept', () => {
    if (decisions.get('call', allowed.uri, now)?.allow === true) found++
  })
  bench.add('made', () => {
    const each = asked[next++ % asked.length]
    if (each !== undefined && (authorize(each) as Decision).allow) found++
  })
  await bench.run()
  if (found === 0) throw new Error('nothing was allowed')
  const latency = (name: string): { p50: number; p99: number } => {
    const result = bench.getTask(name)?.result
    if (result === undefined || !('latency' in result)) throw new Error(`${name} has no result`)
    const { p50, p99 } = result.latency
    return { p50: p50 * 1_000, p99: p99 * 1_000 }
  }
  const [kept, made] = [latency('kept'), latency('made')]
  await house.close()
  return [
    { what: 'cached decision, p50', value: kept.p50, unit: 'µs', bar: 1, is: 'at most' },
    { what: 'cached decision, p99', value: kept.p99, unit: 'µs', bar: 5, is: 'at most' },
    { what: 'decision made anew, p50', value: made.p50, unit: 'µs', bar: 20, is: 'at most' },
    { what: 'decision made anew, p99', value: made.p99, unit: 'µs', bar: 100, is: 'at most' },
  ]
}

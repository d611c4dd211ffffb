import assert from 'node:assert/strict'
import { ecosystemAuthorizer } from '../../../authorizers/ecosystem.ts'
import { catalogue } from '../../../realms/services/catalogue.ts'
import { WampError } from '../../../router/wire/errors.ts'
import { freshKey } from '../../ecosystems/house.ts'
import { startHouse, type Caller, type House } from './house.ts'

type Dict = Record<string, unknown>

describe('every procedure, to those whose business it is not', () => {
  let house: House
  /** Ids of what there is in the house. */
  let ids: Record<string, string>

  before(async () => {
    house = await startHouse({ authorizer: (ecosystems) => ecosystemAuthorizer({ ecosystems }) })
    ids = await furnish(house)
  })
  after(() => house.stop())

  for (const { uri } of catalogue)
    it(`${uri} tells and does nothing`, async () => {
      const [stranger, boss, device, guest] = [
        await house.person('stranger'),
        await house.person('boss', 'realm2'),
        await house.device(house.devices.lamp1.id),
        await house.as('anonymous', 'guest'),
      ]
      const asked = { stranger, boss, device, guest }
      const found: Record<string, string> = {}
      for (const [who, caller] of Object.entries(asked)) {
        const { outcome, told } = await outcomeOf(caller, uri, inputOf(uri, ids))
        if (outcome !== denied) found[who] = outcome
        for (const [what, id] of Object.entries(ids))
          assert.equal(told.includes(id), false, `${who} is told of ${what}: ${told}`)
        caller.client.drop()
      }
      assert.deepEqual(found, admitted[uri.slice('latchkey.'.length)] ?? {})
    })
})

const denied = 'wamp.error.not_authorized'
const stale = 'wamp.error.authorization_required'
const result = 'RESULT'
const all = (outcome: string): Record<string, string> => ({
  stranger: outcome,
  boss: outcome,
  device: outcome,
})
const people = (outcome: string): Record<string, string> => ({ stranger: outcome, boss: outcome })

/**
 * Who is let in with what is the house's, and what becomes of it: each sees and changes what is his own. Whoever is not
 * named here is denied, and the anonymous always.
 */
const admitted: Readonly<Record<string, Record<string, string>>> = {
  // Each has his own list, in which nothing of the house is.
  'ecosystem.list': all(result),
  'invite.list': all(result),
  'local.list': all(result),
  'panic.review': all(result),
  'device.list': all(result),
  'delegation.list': all(result),
  'approval.list': all(result),
  'emergency.list': all(result),
  'unlock.list': all(result),
  'share.list': all(result),
  'discovery.list': all(result),
  'grant.list': all(result),
  'session.list': all(result),
  'consent.list': all(result),
  // With level 1 in an ecosystem of the own realm.
  'ecosystem.create': { boss: 'latchkey.error.not_found' },
  'group.list': { boss: result },
  'policy.list': { boss: result },
  'class.list': { boss: result },
  // About oneself, by what one brings.
  'identity.link.start': people(stale),
  'identity.link.complete': people(stale),
  'session.refresh': people('wamp.error.authentication_denied'),
  'stepup.begin': people('latchkey.error.invalid_state'),
  'authenticator.enrol.begin': people(stale),
  'consent.redeem': all('wamp.error.invalid_argument'),
  'authz.explain': all('latchkey.error.not_found'),
  // A device about itself.
  'local.verify': { device: result },
  'device.trust': { device: result },
  'device.claim_code': { device: result },
  'capability.announce': { device: result },
}

async function outcomeOf(
  caller: Caller,
  uri: string,
  input: Dict,
): Promise<{ readonly outcome: string; readonly told: string }> {
  try {
    return { outcome: result, told: JSON.stringify(await caller.call(uri, input)) }
  } catch (error) {
    if (!(error instanceof WampError)) throw error
    const { uri: outcome, message } = error
    // What was asked for by its name may be named.
    const said = Object.values(input).map(String)
    return { outcome, told: said.some((value) => message.includes(value)) ? '' : message }
  }
}

async function furnish(house: House): Promise<Record<string, string>> {
  const { ecosystems, devices } = house
  const operator = await house.operator()
  const owner = await house.person('owner')
  const friend = await house.person('friend')
  const made = async (by: Caller, uri: string, input: Dict): Promise<string> =>
    String((await by.call(`latchkey.${uri}`, input))['id'])
  const door = devices.door1.id
  const plan = await made(owner, 'emergency.create', {
    delegates: 'friend',
    ecosystem: 'home',
    level: 2,
    wait: '1h',
    ttl: '1h',
  })
  await friend.refusal('latchkey.unlock.request', { plan })
  const [request] = ecosystems.emergencies.list()
  const asked = await ecosystems.approvals.request({
    realm: 'realm1',
    requesterKind: 'person',
    requester: 'guest',
    ecosystem: 'home',
    device: door,
    uri: `${devices.door1.prefix}.unlock`,
    action: 'call',
  })
  const watch = await ecosystems.authenticators.enrol({
    person: 'owner',
    name: 'watch',
    kind: 'watch',
    publicKey: freshKey(),
    credential: null,
    acr: 'aal2',
  })
  const act = await ecosystems.deviceActs.create({
    device: door,
    person: 'owner',
    scopes: ['door.'],
    ttlMs: 1_000,
  })
  const suspended = await made(operator, 'grant.create', {
    to: 'friend',
    ecosystem: 'home',
    level: 5,
  })
  await ecosystems.grants.suspend(suspended)
  return {
    door,
    plan,
    request: request?.id ?? '',
    approval: asked.row.id,
    ticket: asked.ticket,
    watch: watch.id,
    act: act.id,
    suspended,
    session: String(owner.session),
    group: await made(operator, 'group.create', { id: 'family', ecosystem: 'home' }),
    policy: await made(operator, 'policy.set', {
      ecosystem: 'home',
      level: 3,
      uri: 'light.on',
      effect: 'deny',
    }),
    invite: await made(operator, 'invite.create', { to: 'friend', ecosystem: 'home', level: 3 }),
    local: await made(operator, 'local.create', {
      person: 'friend',
      ecosystem: 'home',
      key: freshKey(),
      max_level: 3,
    }),
    share: await made(operator, 'share.create', {
      to: 'friend',
      device: door,
      actions: 'call',
      purpose: 'x',
      expires: '1d',
    }),
    grant: await made(operator, 'grant.create', { to: 'friend', ecosystem: 'home', level: 3 }),
  }
}

/** Something that the owner could ask for. */
function inputOf(uri: string, ids: Record<string, string>): Dict {
  const noun = uri.split('.')[1] ?? ''
  const idOf: Record<string, string> = {
    ecosystem: 'home',
    group: ids['group'] ?? '',
    policy: ids['policy'] ?? '',
    invite: ids['invite'] ?? '',
    local: ids['local'] ?? '',
    panic: ids['suspended'] ?? '',
    delegation: ids['act'] ?? '',
    approval: ids['approval'] ?? '',
    emergency: ids['plan'] ?? '',
    unlock: ids['request'] ?? '',
    share: ids['share'] ?? '',
    grant: ids['grant'] ?? '',
    authenticator: ids['watch'] ?? '',
    client: 'app',
    class: 'kettle',
    authz: 'decision',
  }
  const values: Dict = {
    id: uri.endsWith('create') ? 'another' : idOf[noun],
    parent: 'home',
    child: 'car',
    levels: { '1': 1 },
    member: 'friend',
    ecosystem: 'home',
    to: 'friend',
    as: 'friend',
    person: 'owner',
    owner: 'owner',
    device: ids['door'],
    gateway: ids['door'],
    level: 3,
    max_level: 3,
    uri: 'light.on',
    effect: 'deny',
    expires: '1d',
    code: 'AAAA-BBBB',
    issuer: 'https://id.example',
    subject: 'owner',
    client_id: 'app',
    name: 'another',
    use: 'uma',
    key: freshKey(),
    claim_code: 'BCDF-GHJK',
    class: 'light',
    scopes: 'door.',
    ttl: '1h',
    wait: '1h',
    since: '1d',
    plan: ids['plan'],
    delegates: 'friend',
    actions: 'call',
    action: 'call',
    purpose: 'x',
    ticket: ids['ticket'],
    token: 'a.b.c',
    desired: {},
    version: 1,
    pseudonym: 'ps_1',
    session: Number(ids['session']),
    procedure: 'my.authorizer',
    scope: '',
    count: 1,
    prefix: 'kettle',
    capabilities: [],
    replace: false,
    pin: '1234',
    challenge: 'x'.repeat(22),
    kind: 'watch',
    public_key: freshKey(),
    nonce: 'x'.repeat(22),
    proof: 'a.b.c',
    payee: 'x',
    amount: '1.00',
    currency: 'EUR',
    ref: 'x',
    receipt: 'a.b.c',
    hours: 24,
  }
  const { input } = catalogue.find((each) => each.uri === uri) ?? {}
  // Of what excludes each other one is enough.
  const omitted = uri.endsWith('local.create') ? ['pin', 'device'] : ['key']
  return Object.fromEntries(
    Object.keys(input?.shape ?? {})
      .filter((key) => !omitted.includes(key) && values[key] !== undefined)
      .map((key) => [key, values[key]]),
  )
}

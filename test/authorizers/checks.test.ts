import assert from 'node:assert/strict'
import { checks, decide } from '../../authorizers/decide.ts'
import type { Action, Match, Principal } from '../../router/access.ts'
import { by, freshKey, House } from '../ecosystems/house.ts'
import { principal, request } from './request.ts'

/** One question and what is answered to it, by which check. */
type Row = readonly [
  who: string | Principal,
  action: Action,
  uri: string,
  answer: 'allow' | 'deny',
  by: string,
  match?: Match,
  behalf?: unknown,
]

/** A device that nobody has claimed. Its id is known once the house is furnished. */
let newcomer: Principal
const unclaimed = 'unclaimed'
/** Has proven itself by a secret that it shares with the house. */
const weakSafe = principal('device', 'safe', { evidence: { maxLevel: 2 } })

const long = `lamp.${'x'.repeat(300)}`

/** The house: `guest` and `owner` may much and all; `stranger` nothing; `gone` is disabled; `old` is quarantined. */
async function furnished(): Promise<House> {
  const house = await House.open()
  const { people, devices, directory } = house.ecosystems
  await directory.create({ id: 'away', realm: 'away' })
  for (const [id, level] of Object.entries({ owner: 1, friend: 2, guest: 3, gone: 1 })) {
    await house.person(id)
    await house.grant(id, level)
  }
  await house.person('stranger')
  await house.person('later')
  await house.person('kept_out')
  await house.person('let_in')
  const { grants } = house.ecosystems
  const home = { ecosystem: 'home', by: 'operator:operator' } as const
  const to = (id: string): { subject: { kind: 'person'; id: string } } => ({
    subject: { kind: 'person', id },
  })
  await grants.create({ ...home, ...to('later'), level: 1, notBefore: 1_700_000_000_001 })
  await grants.create({ ...home, ...to('kept_out'), level: 1 })
  const word = { ...home, uri: 'safe.open', level: 99 }
  await grants.create({ ...word, ...to('kept_out'), effect: 'deny' })
  await grants.create({ ...word, ...to('let_in'), effect: 'allow' })
  await people.disable('gone')
  await house.device('lamp')
  await house.device('hall.lamp')
  await house.device('safe', { class: 'safe' })
  await house.device('old')
  await devices.quarantine('old', 'smoke')
  await house.device('far', { realm: 'away', ecosystems: ['away'] })
  await house.device('hub', { class: 'sensor' })
  await house.grant('hub', 3, { kind: 'device' })
  await house.grant('old', 1, { kind: 'device' })
  const { deviceActs } = house.ecosystems
  await devices.addChild({ gateway: 'hub', class: 'sensor', prefix: 'probe', owner: null })
  await devices.addChild({ gateway: 'hub', class: 'sensor', prefix: 'dead', owner: null })
  await house.grant('probe', 3, { kind: 'device' })
  await devices.quarantine('dead', 'smoke')
  const act = { device: 'hub', scopes: ['hub', 'user.guest.health', 'lamp'], ttlMs: 60_000 }
  for (const person of ['guest', 'gone']) await deviceActs.create({ ...act, person })
  const unowned = await house.code({ ecosystems: [] })
  const thing = await devices.enrol({ code: unowned, publicKey: freshKey(), claimCode: 'B' })
  newcomer = principal('device', thing.id)
  await house.device('door', { class: 'lock' })
  const door = { device: 'door', ecosystem: 'home', level: 3, action: 'call' } as const
  await devices.setLevel({
    ...door,
    uri: 'door.unlock',
    conditions: { acr: 'aal1', maxAgeMs: 300_000 },
  })
  await devices.setLevel({ ...door, uri: 'door.lock', conditions: { acr: 'aal2' } })
  await devices.setLevel({ ...door, uri: 'door.open', conditions: { presence: true } })
  await devices.setLevel({ ...door, uri: 'door.ring', conditions: { approval: 'owner' } })
  const level = { device: 'lamp', ecosystem: 'home', level: 3 }
  await devices.setLevel({ ...level, uri: 'lamp.sensor.', action: 'subscribe' })
  await devices.setLevel({ ...level, uri: 'lamp..state', action: 'subscribe' })
  await devices.setLevel({ ...level, uri: 'lamp.wish', action: 'publish' })
  await devices.announce('lamp', {
    attributes: {},
    capabilities: [{ uri: 'lamp.announced', action: 'call' }],
  })
  await house.device('ruled')
  const { authorizerRules } = house.ecosystems
  const rule = { realm: 'home', mode: 'narrow', timeoutMs: 500 } as const
  await authorizerRules.add({ ...rule, procedure: 'com.example.may', scope: 'ruled.' }, by)
  return house
}

const persons = new Set([
  'owner',
  'friend',
  'guest',
  'stranger',
  'gone',
  'nobody',
  'later',
  'kept_out',
  'let_in',
])
const ownKinds = new Set(['operator', 'service', 'provisioning', 'anonymous', 'component'])

function who(name: string | Principal): Principal {
  if (typeof name !== 'string') return name
  if (name === unclaimed) return newcomer
  if (ownKinds.has(name)) return principal(name)
  return principal(persons.has(name) ? 'person' : 'device', name)
}

const expired = principal('person', 'owner', { expiresAt: 1_700_000_000_000 })
const fresh = principal('person', 'owner', { expiresAt: 1_700_000_000_001 })

const now = 1_700_000_000_000
const since = (ms: number): Principal =>
  principal('person', 'guest', { evidence: { authAt: now - ms } })
const bearer = principal('person', 'owner', {
  evidence: { permissions: [{ uri: 'lamp.switch', action: 'call' }] },
})

/** Let in by name, and come by a proof that is good for level 2 at best. */
const capped = principal('person', 'let_in', { evidence: { maxLevel: 2 } })

const table: Readonly<Record<string, readonly Row[]>> = {
  'frame: the name is one, and patterns are for subscribing and registering': [
    ['owner', 'call', 'lamp.switch', 'allow', 'route'],
    ['owner', 'call', 'lamp..switch', 'deny', 'frame'],
    ['owner', 'call', '', 'deny', 'frame'],
    ['owner', 'call', 'lamp.swi tch', 'deny', 'frame'],
    ['owner', 'call', long, 'deny', 'frame'],
    ['operator', 'call', long, 'deny', 'frame'],
    ['service', 'call', 'a#b', 'deny', 'frame'],
    ['operator', 'call', 'lamp.', 'deny', 'frame', 'prefix'],
    ['lamp', 'publish', 'lamp.x', 'deny', 'frame', 'wildcard'],
    ['lamp', 'subscribe', 'lamp.', 'allow', 'route', 'prefix'],
  ],
  'session: the proof holds still': [
    [fresh, 'call', 'lamp.switch', 'allow', 'route'],
    [expired, 'call', 'lamp.switch', 'deny', 'session'],
    [expired, 'call', 'latchkey.device.list', 'deny', 'session'],
  ],
  'rules: what an integrator has a say in is refused where his component cannot be asked': [
    ['guest', 'call', 'ruled.switch', 'deny', 'rules'],
    ['owner', 'subscribe', 'ruled.', 'deny', 'rules', 'prefix'],
    ['ruled', 'register', 'ruled.switch', 'deny', 'rules'],
    ['ruled', 'publish', 'ruled.on_change', 'deny', 'rules'],
    ['lamp', 'register', 'ruled.switch', 'deny', 'ownership'],
    ['gone', 'call', 'ruled.switch', 'deny', 'standing'],
    ['operator', 'call', 'ruled.switch', 'allow', 'route'],
    ['guest', 'call', 'latchkey.device.list', 'allow', 'route'],
  ],
  'reserved: names of the protocol': [
    ['operator', 'call', 'wamp.session.list', 'allow', 'route'],
    ['operator', 'subscribe', 'wamp.session.on_join', 'allow', 'route'],
    ['operator', 'register', 'wamp.x', 'deny', 'reserved'],
    ['operator', 'publish', 'wamp.x', 'deny', 'reserved'],
    ['service', 'register', 'wamp.x', 'allow', 'route'],
    ['owner', 'call', 'wamp.session.list', 'deny', 'reserved'],
    ['owner', 'subscribe', 'wamp.session.on_join', 'deny', 'reserved'],
    ['owner', 'subscribe', 'wa', 'deny', 'reserved', 'prefix'],
    ['owner', 'subscribe', '', 'deny', 'reserved', 'prefix'],
    ['owner', 'subscribe', '.session.on_join', 'deny', 'reserved', 'wildcard'],
    ['owner', 'call', 'wamp.session.kill', 'deny', 'reserved'],
    ['owner', 'call', 'wamp.session.kill_all', 'deny', 'reserved'],
    ['lamp', 'call', 'wamp.session.get', 'deny', 'reserved'],
    ['lamp', 'call', 'wamp.session.kill_by_authid', 'deny', 'reserved'],
    ['lamp', 'call', 'wamp.registration.remove_callee', 'deny', 'reserved'],
    ['lamp', 'call', 'wamp.subscription.list_subscribers', 'deny', 'reserved'],
    ['lamp', 'subscribe', 'wamp.registration.on_create', 'deny', 'reserved'],
    ['lamp', 'subscribe', 'wamp.', 'deny', 'reserved', 'prefix'],
    ['lamp', 'call', 'wamp.session.add_testament', 'allow', 'route'],
    ['owner', 'call', 'wamp.session.flush_testaments', 'allow', 'route'],
    ['old', 'call', 'wamp.session.add_testament', 'deny', 'standing'],
    ['provisioning', 'call', 'wamp.session.add_testament', 'deny', 'reserved'],
    ['lamp', 'register', 'wamp.session.add_testament', 'deny', 'reserved'],
    ['lamp', 'register', 'wamp.x', 'deny', 'reserved'],
    ['lamp', 'publish', 'wamp.x', 'deny', 'reserved'],
  ],
  'reserved: names of the product': [
    ['service', 'register', 'latchkey.device.list', 'allow', 'route'],
    ['service', 'publish', 'latchkey.device.on_update', 'allow', 'route'],
    ['service', 'subscribe', 'latchkey.device.on_update', 'allow', 'route'],
    ['operator', 'call', 'latchkey.grant.create', 'allow', 'route'],
    ['operator', 'subscribe', 'latchkey.device.on_update', 'allow', 'route'],
    ['operator', 'subscribe', 'latchkey.', 'allow', 'route', 'prefix'],
    ['operator', 'publish', 'latchkey.device.on_update', 'deny', 'reserved'],
    ['operator', 'register', 'latchkey.x', 'deny', 'reserved'],
    ['stranger', 'call', 'latchkey.device.list', 'allow', 'route'],
    ['lamp', 'call', 'latchkey.capability.announce', 'allow', 'route'],
    ['owner', 'publish', 'latchkey.device.on_update', 'deny', 'reserved'],
    ['owner', 'subscribe', 'latchkey.device.on_update', 'allow', 'route'],
    ['lamp', 'subscribe', 'latchkey.device.on_update', 'allow', 'route'],
    ['gone', 'subscribe', 'latchkey.device.on_update', 'deny', 'standing'],
    ['owner', 'subscribe', 'latchkey.device.on_update', 'deny', 'reserved', 'prefix'],
    ['owner', 'subscribe', 'latchkey.device.on_anything', 'deny', 'reserved'],
    ['component', 'subscribe', 'latchkey.device.on_update', 'deny', 'reserved'],
    ['owner', 'subscribe', 'latchkey.', 'deny', 'reserved', 'prefix'],
    ['owner', 'register', 'latchkey.device.list', 'deny', 'reserved'],
    ['lamp', 'register', 'latchkey.device.list', 'deny', 'reserved'],
    ['anonymous', 'call', 'latchkey.device.list', 'deny', 'reserved'],
    ['component', 'call', 'latchkey.device.list', 'deny', 'reserved'],
  ],
  'reserved: a session that joined by a code may enrol and nothing else': [
    ['provisioning', 'call', 'latchkey.device.enrol', 'allow', 'route'],
    ['provisioning', 'call', 'latchkey.device.list', 'deny', 'reserved'],
    ['provisioning', 'call', 'lamp.switch', 'deny', 'reserved'],
    ['provisioning', 'register', 'latchkey.device.enrol', 'deny', 'reserved'],
    ['provisioning', 'subscribe', 'latchkey.device.enrol', 'deny', 'reserved'],
    ['provisioning', 'subscribe', 'latchkey.device.', 'deny', 'reserved', 'prefix'],
    ['provisioning', 'publish', 'lamp.on_change', 'deny', 'reserved'],
  ],
  'reserved: names of people': [
    ['operator', 'subscribe', 'user.guest.mood', 'allow', 'route'],
    ['owner', 'call', 'user.guest.prefs', 'deny', 'grant'],
    ['owner', 'publish', 'user.guest.prefs', 'deny', 'reserved'],
    ['owner', 'register', 'user.guest.prefs', 'deny', 'reserved'],
    ['owner', 'subscribe', 'user.guest.', 'deny', 'grant', 'prefix'],
    ['owner', 'subscribe', 'user..prefs', 'deny', 'reserved', 'wildcard'],
    ['owner', 'subscribe', 'user.gue', 'deny', 'reserved', 'prefix'],
    ['owner', 'subscribe', 'user.', 'deny', 'reserved', 'prefix'],
    ['owner', 'subscribe', 'user.owner', 'deny', 'reserved', 'prefix'],
    ['lamp', 'publish', 'user.guest.prefs', 'deny', 'reserved'],
    ['guest', 'call', 'user.guest.prefs', 'allow', 'route'],
    ['guest', 'register', 'user.guest.prefs', 'allow', 'route'],
    ['owner', 'call', 'user.gone.prefs', 'deny', 'standing'],
    ['owner', 'call', 'user.nobody.prefs', 'deny', 'standing'],
    ['hub', 'call', 'user.guest.prefs', 'deny', 'grant'],
  ],
  'reserved: the owner of the machine may do anything in the house but register': [
    ['operator', 'call', 'safe.open', 'allow', 'route'],
    ['operator', 'publish', 'lamp.on_change', 'allow', 'route'],
    ['operator', 'subscribe', '', 'allow', 'route', 'prefix'],
    ['operator', 'call', 'nothing.there', 'allow', 'route'],
    ['operator', 'register', 'lamp.switch', 'deny', 'ownership'],
  ],
  'standing: the party is known here and neither disabled nor quarantined': [
    ['guest', 'call', 'lamp.switch', 'allow', 'route'],
    ['gone', 'call', 'lamp.switch', 'deny', 'standing'],
    ['gone', 'call', 'latchkey.device.list', 'deny', 'standing'],
    ['nobody', 'call', 'lamp.switch', 'deny', 'standing'],
    ['old', 'register', 'old.switch', 'deny', 'standing'],
    ['old', 'publish', 'old.on_change', 'deny', 'standing'],
    ['old', 'call', 'lamp.switch', 'deny', 'standing'],
    ['old', 'call', 'latchkey.capability.announce', 'deny', 'standing'],
    ['ghost', 'register', 'ghost.switch', 'deny', 'standing'],
    ['far', 'call', 'lamp.switch', 'deny', 'standing'],
    ['component', 'call', 'lamp.switch', 'deny', 'standing'],
    ['anonymous', 'call', 'lamp.switch', 'deny', 'standing'],
    [principal('wizard', 'guest'), 'call', 'lamp.switch', 'deny', 'standing'],
    ['owner', 'call', 'old.switch', 'deny', 'standing'],
    ['operator', 'call', 'old.switch', 'deny', 'standing'],
  ],
  'ownership: a device has what is under its prefix, and nobody else registers': [
    ['lamp', 'register', 'lamp.switch', 'allow', 'route'],
    ['lamp', 'register', 'lamp', 'allow', 'route'],
    ['lamp', 'register', 'lamp.anything.at.all', 'allow', 'route'],
    ['lamp', 'publish', 'lamp.on_change', 'allow', 'route'],
    ['lamp', 'subscribe', 'lamp.wish', 'allow', 'route'],
    ['lamp', 'register', 'lamp.', 'allow', 'route', 'prefix'],
    ['lamp', 'register', 'lamp.mode..set', 'allow', 'route', 'wildcard'],
    ['hall_lamp', 'register', 'hall.lamp.switch', 'allow', 'route'],
    ['lamp', 'register', 'lamp2.switch', 'deny', 'ownership'],
    ['lamp', 'register', 'lamp', 'deny', 'ownership', 'prefix'],
    ['lamp', 'register', 'lam', 'deny', 'ownership', 'prefix'],
    ['lamp', 'register', '.switch', 'deny', 'reserved', 'wildcard'],
    ['lamp', 'register', 'hall.lamp.switch', 'deny', 'ownership'],
    ['lamp', 'register', 'hall.', 'deny', 'ownership', 'prefix'],
    ['lamp', 'register', 'safe.open', 'deny', 'ownership'],
    ['lamp', 'register', 'nothing.there', 'deny', 'ownership'],
    ['owner', 'register', 'lamp.switch', 'deny', 'ownership'],
    ['owner', 'register', 'nothing.there', 'deny', 'ownership'],
    [principal('person', 'lamp'), 'register', 'lamp.x', 'deny', 'standing'],
  ],
  'capability: it is offered to somebody, by a device in good standing': [
    ['guest', 'call', 'lamp.state', 'allow', 'route'],
    ['guest', 'publish', 'lamp.wish', 'allow', 'route'],
    ['guest', 'subscribe', 'lamp.on_change', 'allow', 'route'],
    ['guest', 'subscribe', 'lamp.on_change', 'allow', 'route', 'wildcard'],
    ['guest', 'subscribe', 'lamp.sensor.', 'allow', 'route', 'prefix'],
    ['guest', 'subscribe', 'lamp..state', 'allow', 'route', 'wildcard'],
    ['owner', 'call', 'lamp.announced', 'deny', 'capability'],
    ['owner', 'call', 'lamp.on_change', 'deny', 'capability'],
    ['owner', 'publish', 'lamp.on_change', 'deny', 'capability'],
    ['owner', 'call', 'lamp', 'deny', 'capability'],
    ['owner', 'call', 'nothing.there', 'deny', 'capability'],
    ['owner', 'call', 'far.switch', 'deny', 'capability'],
    ['owner', 'subscribe', 'lamp.', 'deny', 'capability', 'prefix'],
    ['owner', 'subscribe', 'lamp.on_change', 'deny', 'capability', 'prefix'],
    ['owner', 'subscribe', 'lamp.sensor', 'deny', 'capability', 'prefix'],
    ['owner', 'subscribe', 'lamp.sensor.a.', 'deny', 'capability', 'prefix'],
    ['owner', 'subscribe', 'lamp.', 'deny', 'capability', 'wildcard'],
    ['lamp', 'call', 'lamp.announced', 'deny', 'capability'],
    ['lamp', 'publish', 'hall.lamp.on_change', 'deny', 'capability'],
    ['lamp', 'subscribe', 'hall.', 'deny', 'capability', 'prefix'],
  ],
  'level: a grant reaches what is required': [
    ['owner', 'call', 'safe.open', 'allow', 'route'],
    ['friend', 'call', 'lamp.switch', 'allow', 'route'],
    ['friend', 'call', 'safe.open', 'deny', 'level'],
    ['guest', 'call', 'safe.open', 'deny', 'level'],
    ['guest', 'subscribe', 'safe.on_change', 'deny', 'level'],
    ['stranger', 'call', 'lamp.switch', 'deny', 'grant'],
    ['stranger', 'subscribe', 'lamp.on_change', 'deny', 'grant'],
    ['hub', 'call', 'lamp.switch', 'allow', 'route'],
    ['hub', 'call', 'safe.open', 'deny', 'level'],
    ['lamp', 'call', 'hub.state', 'deny', 'grant'],
    ['lamp', 'call', 'lamp.switch', 'deny', 'grant'],
    ['later', 'call', 'safe.open', 'deny', 'grant'],
    ['kept_out', 'call', 'safe.close', 'allow', 'route'],
    ['kept_out', 'call', 'safe.open', 'deny', 'level'],
    ['let_in', 'call', 'safe.open', 'allow', 'route'],
    ['let_in', 'call', 'safe.close', 'deny', 'grant'],
    [capped, 'call', 'safe.open', 'deny', 'level'],
  ],
  'permission: a token for one thing is for that one thing': [
    [bearer, 'call', 'lamp.switch', 'allow', 'route'],
    [bearer, 'call', 'safe.open', 'deny', 'permission'],
    [bearer, 'subscribe', 'lamp.switch', 'deny', 'permission'],
    [bearer, 'call', 'latchkey.device.list', 'deny', 'permission'],
    [bearer, 'subscribe', 'lamp.', 'deny', 'permission', 'prefix'],
  ],
  'assurance: the proof is strong enough, and not too old': [
    [since(300_000), 'call', 'door.unlock', 'allow', 'route'],
    [since(300_001), 'call', 'door.unlock', 'deny', 'assurance'],
    ['guest', 'call', 'door.unlock', 'deny', 'assurance'],
    [since(0), 'call', 'door.lock', 'deny', 'assurance'],
    ['stranger', 'call', 'door.unlock', 'deny', 'grant'],
  ],
  'presence: whoever asks is there': [['guest', 'call', 'door.open', 'deny', 'presence']],
  'approval: the owner agrees, and needs nobody else to': [
    ['owner', 'call', 'door.ring', 'allow', 'route'],
    ['guest', 'call', 'door.ring', 'deny', 'approval'],
  ],
  'standing: who belongs to nobody asks about itself, and nothing else': [
    [unclaimed, 'call', 'latchkey.device.claim_code', 'allow', 'route'],
    [unclaimed, 'subscribe', 'latchkey.device.on_claimed', 'allow', 'route'],
    [unclaimed, 'subscribe', 'latchkey.device.on_update', 'deny', 'standing'],
    [unclaimed, 'call', 'latchkey.capability.announce', 'deny', 'standing'],
    [unclaimed, 'call', 'wamp.session.add_testament', 'deny', 'standing'],
    [unclaimed, 'register', 'lamp.switch', 'deny', 'standing'],
    [unclaimed, 'call', 'lamp.switch', 'deny', 'standing'],
  ],
  "ownership: a gateway offers what is its children's, and nobody else does": [
    ['hub', 'register', 'probe.state', 'allow', 'route'],
    ['hub', 'publish', 'probe.on_change', 'allow', 'route'],
    ['hub', 'subscribe', 'probe.', 'allow', 'route', 'prefix'],
    ['hub', 'register', 'dead.state', 'deny', 'standing'],
    ['lamp', 'register', 'probe.state', 'deny', 'ownership'],
    ['probe', 'register', 'hub.state', 'deny', 'ownership'],
  ],
  'ownership: who has proven itself weakly does not offer what only owners may use': [
    ['safe', 'register', 'safe.open', 'allow', 'route'],
    [weakSafe, 'register', 'safe.open', 'deny', 'ownership'],
    [weakSafe, 'register', 'safe.', 'deny', 'ownership', 'prefix'],
    [weakSafe, 'publish', 'safe.on_change', 'deny', 'ownership'],
    [weakSafe, 'register', 'safe.temperature', 'allow', 'route'],
    [weakSafe, 'publish', 'safe.temperature', 'allow', 'route'],
  ],
  'behalf: a device names its children, and people who have it act in their name': [
    ['hub', 'publish', 'hub.pulse', 'allow', 'route', 'exact', 'guest'],
    ['hub', 'publish', 'user.guest.health.pulse', 'allow', 'route', 'exact', 'guest'],
    ['hub', 'call', 'user.guest.health.ask', 'allow', 'route', 'exact', 'guest'],
    ['hub', 'call', 'lamp.switch', 'allow', 'route', 'exact', 'guest'],
    ['hub', 'call', 'tv.play', 'deny', 'behalf', 'exact', 'guest'],
    ['hub', 'publish', 'lamp.on_change', 'deny', 'capability', 'exact', 'guest'],
    ['hub', 'publish', 'user.guest.prefs', 'deny', 'behalf', 'exact', 'guest'],
    ['hub', 'publish', 'user.guest.health.pulse', 'deny', 'reserved'],
    ['hub', 'publish', 'user.owner.health', 'deny', 'reserved', 'exact', 'guest'],
    ['hub', 'publish', 'hub.pulse', 'deny', 'behalf', 'exact', 'owner'],
    ['hub', 'publish', 'hub.pulse', 'deny', 'behalf', 'exact', 'gone'],
    ['hub', 'publish', 'hub.pulse', 'deny', 'behalf', 'exact', 'nobody'],
    ['hub', 'publish', 'hub.pulse', 'deny', 'behalf', 'exact', 7],
    ['hub', 'subscribe', 'hub.pulse', 'deny', 'behalf', 'exact', 'guest'],
    ['hub', 'call', 'latchkey.device.list', 'deny', 'behalf', 'exact', 'guest'],
    ['lamp', 'publish', 'lamp.pulse', 'deny', 'behalf', 'exact', 'guest'],
    ['owner', 'call', 'lamp.switch', 'deny', 'behalf', 'exact', 'guest'],
    ['hub', 'call', 'lamp.switch', 'allow', 'route', 'exact', 'probe'],
    ['hub', 'call', 'lamp.switch', 'allow', 'route', 'exact', 'device:probe'],
    ['hub', 'publish', 'probe.on_change', 'allow', 'route', 'exact', 'probe'],
    ['hub', 'publish', 'hub.pulse', 'deny', 'capability', 'exact', 'probe'],
    ['hub', 'call', 'safe.open', 'deny', 'level', 'exact', 'probe'],
    ['hub', 'call', 'lamp.switch', 'deny', 'behalf', 'exact', 'dead'],
    ['lamp', 'call', 'lamp.switch', 'deny', 'behalf', 'exact', 'probe'],
  ],
  'route: what is settled or granted, and nothing else': [
    ['service', 'call', 'lamp.switch', 'allow', 'route'],
    ['service', 'register', 'nothing.there', 'allow', 'route'],
    ['service', 'subscribe', '', 'allow', 'route', 'prefix'],
  ],
}

describe('the checks of a house', () => {
  let house: House

  before(async () => {
    house = await furnished()
  })

  const answer = ([name, action, uri, , , match, behalf]: Row, list = checks): [string, string] => {
    const asked = request(who(name), action, uri, match)
    const options = behalf === undefined ? {} : { _on_behalf_of: behalf }
    const { decision, check } = decide(house, { ...asked, options }, list)
    return [decision.allow ? 'allow' : 'deny', check]
  }

  it('are an ordered list', () => {
    assert.deepEqual(
      checks.map(({ name }) => name),
      [
        'frame',
        'session',
        'permission',
        'reserved',
        'standing',
        'behalf',
        'ownership',
        'rules',
        'capability',
        'grant',
        'level',
        'assurance',
        'presence',
        'approval',
        'route',
      ],
    )
  })

  for (const [title, rows] of Object.entries(table))
    it(title, () => {
      for (const row of rows) {
        const [name, action, uri, expected, check, match] = row
        const text = `${who(name).authid} ${action} ${uri.slice(0, 40)} ${match ?? ''}`
        assert.deepEqual(answer(row), [expected, check], text)
      }
    })

  for (const { name } of checks)
    it(`each have their part: without ${name} something would be answered otherwise`, () => {
      const others = checks.filter((check) => check.name !== name)
      const differing = Object.values(table)
        .flat()
        .filter((row) => answer(row, others)[0] !== row[3])
      assert.ok(differing.length > 0)
    })

  it('deny everything when there are none', () => {
    for (const row of Object.values(table).flat())
      assert.deepEqual(answer(row, []), ['deny', 'none'])
  })

  it('deny as failed when one throws, and go no further', () => {
    const broken = {
      name: 'broken',
      check: (): never => {
        throw new Error('out of order')
      },
    }
    const { decision, check, details } = decide(
      house,
      request(principal('service'), 'call', 'lamp.switch'),
      [broken, ...checks],
    )
    assert.deepEqual(decision, { allow: false, reason: 'wamp.error.authorization_failed' })
    assert.equal(check, 'broken')
    assert.deepEqual(details, { error: 'out of order' })
  })
})

describe('a pattern to subscribe to', () => {
  type Level = readonly [uri: string, level: number, ecosystem?: string]

  async function answers(
    levels: readonly Level[],
    asked: readonly (readonly [uri: string, match: Match])[],
    held: number,
  ): Promise<boolean[]> {
    const house = await furnished()
    await house.grant('stranger', held)
    await house.ecosystems.directory.create({ id: 'car', realm: 'home' })
    await house.ecosystems.devices.admit('safe', 'car')
    for (const [uri, level, ecosystem = 'home'] of levels)
      await house.ecosystems.devices.setLevel({
        device: uri.split('.')[0] ?? '',
        ecosystem,
        uri,
        action: 'subscribe',
        level,
      })
    return asked.map(
      ([uri, match]) =>
        decide(house, request(principal('person', 'stranger'), 'subscribe', uri, match)).decision
          .allow,
    )
  }

  it('needs the strictest level of all that it reaches', async () => {
    const levels: Level[] = [
      ['lamp.', 3],
      ['lamp.alarm', 1],
    ]
    const asked = [
      ['lamp.', 'prefix'],
      ['lamp.', 'wildcard'],
      ['lamp.alarm', 'exact'],
    ] as const
    assert.deepEqual(await answers(levels, asked, 3), [false, false, false])
    assert.deepEqual(await answers(levels, asked, 1), [true, true, true])
  })

  it('needs that of the class, too', async () => {
    const asked = [['safe.', 'prefix']] as const
    assert.deepEqual(await answers([['safe.', 3]], asked, 3), [false])
    assert.deepEqual(await answers([['safe.', 3]], asked, 1), [true])
  })

  it('needs that of a narrower pattern and not that of a wider one', async () => {
    const levels: Level[] = [
      ['lamp.', 3],
      ['lamp.room.', 2],
      ['lamp.room.light.', 3],
      ['lamp..log', 3],
    ]
    const asked = [
      ['lamp.', 'prefix'],
      ['lamp.room.', 'prefix'],
      ['lamp.room.light.', 'prefix'],
      ['lamp..log', 'wildcard'],
    ] as const
    assert.deepEqual(await answers(levels, asked, 3), [false, false, true, false])
    assert.deepEqual(await answers(levels, asked, 2), [true, true, true, true])
  })

  it('is not asked more by another ecosystem, nor opened by it', async () => {
    const levels: Level[] = [
      ['safe.', 3],
      ['safe.on_change', 3],
      ['safe.on_change', 1, 'car'],
    ]
    assert.deepEqual(await answers(levels, [['safe.', 'prefix']], 3), [true])
    assert.deepEqual(await answers([['safe.on_change', 3]], [['safe.', 'prefix']], 1), [false])
  })
})

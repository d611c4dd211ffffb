import { createHash } from 'node:crypto'
import { ticketAuthenticator } from '../../../authenticators/ticket.ts'
import { StaticPrincipals } from '../../../authenticators/principals.ts'
import type { Clock } from '../../../clock.ts'
import { Ecosystems } from '../../../ecosystems/ecosystems.ts'
import { houseProofs } from '../../../ecosystems/proofs/house-proofs.ts'
import { Issuers } from '../../../ecosystems/issuers.ts'
import { MemoryStore } from '../../../ecosystems/store/memory.ts'
import type { DeviceRow, Store } from '../../../ecosystems/store/store.ts'
import type { Explanation, Services } from '../../../realms/procedure.ts'
import { serveManagement } from '../../../realms/services/serve.ts'
import type { Authenticator, Authorizer, Principal } from '../../../router/access.ts'
import { WampError } from '../../../router/wire/errors.ts'
import type { Realm } from '../../../router/realm.ts'
import { ManualClock } from '../../support/manual-clock.ts'
import { startOpenRouter, type OpenRouter } from '../../support/open-router.ts'
import type { WampClient, Wire } from '../../support/wamp-client.ts'

type Dict = Record<string, unknown>

/** Principals are what the test says: how they are proven is tested elsewhere. */
const asTold: Authenticator = {
  method: 'anonymous',
  begin({ authextra }): Principal {
    const { kind, authid, expiresAt } = authextra as Record<string, unknown>
    return {
      kind: String(kind),
      authid: String(authid),
      authrole: String(kind),
      authmethod: 'told',
      authprovider: 'test',
      ...(typeof expiresAt === 'number' && { expiresAt }),
    }
  },
}

/** A session, as a client of any make has it. */
export class Caller {
  readonly client: WampClient
  readonly session: number
  #request = 0

  constructor(client: WampClient, welcome: Wire) {
    this.client = client
    this.session = welcome[1] as number
  }

  /** Calls a procedure with keyword arguments. @throws WampError as the ERROR says */
  call(uri: string, kwargs: Dict = {}): Promise<Dict> {
    return this.callWith(uri, [], kwargs)
  }

  async callWith(uri: string, args: unknown[], kwargs: Dict = {}): Promise<Dict> {
    const answer = await this.client.ask([48, ++this.#request, {}, uri, args, kwargs])
    if (answer[0] === 50) return (answer[3] as [Dict])[0]
    if (answer[0] !== 8) throw new Error(`neither RESULT nor ERROR: ${JSON.stringify(answer)}`)
    const [message = ''] = (answer[5] ?? []) as string[]
    throw new WampError(answer[4] as string, message)
  }

  /** The refusal of a call, as `uri: message`. */
  async refusal(uri: string, kwargs: Dict = {}): Promise<{ uri: string; message: string }> {
    try {
      await this.call(uri, kwargs)
    } catch (error) {
      if (error instanceof WampError) return { uri: error.uri, message: error.message }
      throw error
    }
    throw new Error(`${uri} was allowed`)
  }
}

/** Two realms over real sockets: a house with people and devices in `realm1`, another's in `realm2`. */
export interface House {
  readonly ecosystems: Ecosystems
  readonly open: OpenRouter
  readonly clock: ManualClock
  readonly devices: Readonly<Record<'lamp1' | 'safe1' | 'door1', DeviceRow>>
  readonly services: Services
  as(kind: string, authid?: string, realm?: string, more?: Dict): Promise<Caller>
  operator(realm?: string): Promise<Caller>
  person(id: string, realm?: string): Promise<Caller>
  device(id: string): Promise<Caller>
  /** Enrols one more device. */
  enrol(code: string): Promise<DeviceRow>
  /** What the audit has, newest first. */
  records(): Promise<Dict[]>
  stop(): Promise<void>
}

export interface HouseOptions {
  readonly store?: Store
  readonly authorizer?: (ecosystems: Ecosystems) => Authorizer
  readonly explain?: (ecosystems: Ecosystems, clock: Clock) => Services['explain']
}

const realmOf = (open: OpenRouter, uri: string): Realm => {
  const realm = open.router.realm(uri)
  if (realm === undefined) throw new Error(`no realm ${uri}`)
  return realm
}

/** `home`: owner at 1, friend at 2, guest at 3; `car`: driver at 1; `office` in realm2: boss at 1. */
export async function startHouse(options: HouseOptions = {}): Promise<House> {
  const clock = new ManualClock()
  const store = options.store ?? new MemoryStore()
  const ecosystems = await Ecosystems.open(store, { clock })
  const authorizer: Authorizer = options.authorizer?.(ecosystems) ?? (() => ({ allow: true }))
  const open = await startOpenRouter({ clock, realm: { authenticators: [asTold], authorizer } })
  const issuers = new Issuers(ecosystems.idps, { clock })
  const principals = new StaticPrincipals()
  const tickets = ticketAuthenticator({ issuers, ecosystems, principals, log: () => undefined })
  const services: Services = {
    ecosystems,
    proofs: houseProofs({ clock }),
    router: open.router,
    clock,
    log: () => undefined,
    version: '0.0.0-test',
    startedAt: clock.now(),
    verifyToken: (token) => tickets.personOfToken(token),
    proofOfToken: (token) => tickets.proofOfToken(token),
    isUnreachable: (issuer) => issuers.reachability.isUnreachable(issuer),
    explain: options.explain?.(ecosystems, clock) ?? notAsked,
  }
  for (const uri of ['realm1', 'realm2']) serveManagement(realmOf(open, uri), services)
  await furnish(ecosystems)

  let keys = 0
  const enrol = (code: string): Promise<DeviceRow> =>
    ecosystems.devices.enrol({
      code,
      publicKey: createHash('sha256').update(`key ${++keys}`).digest('hex'),
    })
  const bring = async (deviceClass: string): Promise<DeviceRow> => {
    const [code = ''] = await ecosystems.provisioning.create({
      realm: 'realm1',
      ecosystems: ['home'],
      class: deviceClass,
      count: 1,
      by: 'operator:operator',
    })
    return enrol(code)
  }
  const devices = {
    lamp1: await bring('light'),
    safe1: await bring('safe'),
    door1: await bring('lock'),
  }

  const as: House['as'] = async (kind, authid = kind, realm = 'realm1', more = {}) => {
    const client = await open.connect()
    return new Caller(client, await client.join(realm, { authextra: { kind, authid, ...more } }))
  }
  return {
    ecosystems,
    open,
    clock,
    devices,
    services,
    as,
    operator: (realm) => as('operator', 'operator', realm),
    person: (id, realm) => as('person', id, realm),
    device: (id) => as('device', id),
    enrol,
    async records() {
      return (await ecosystems.audit.list({ limit: 100 })).map((row) => ({ ...row }))
    },
    async stop() {
      await open.stop()
      await ecosystems.close()
    },
  }
}

function notAsked(): Explanation {
  throw new Error('nobody was to be asked')
}

async function furnish({ directory, people, grants }: Ecosystems): Promise<void> {
  await directory.create({ id: 'home', realm: 'realm1', name: 'The house' })
  await directory.create({ id: 'car', realm: 'realm1' })
  await directory.create({ id: 'office', realm: 'realm2' })
  const levels: [string, string, number][] = [
    ['owner', 'home', 1],
    ['friend', 'home', 2],
    ['guest', 'home', 3],
    ['driver', 'car', 1],
    ['boss', 'office', 1],
  ]
  for (const id of ['owner', 'friend', 'guest', 'driver', 'boss', 'stranger'])
    await people.create({ id, name: id, issuer: 'https://id.example', subject: id })
  for (const [id, ecosystem, level] of levels)
    await grants.create({ subject: { kind: 'person', id }, ecosystem, level, by: 'operator:test' })
}

import assert from 'node:assert/strict'
import {
  argumentsDigest,
  Authenticator,
  Connection,
  newAuthenticatorKey,
  ticket,
  webSocketClass,
} from '../../clients/index.ts'
import type { AuthenticatorKey, Prompt } from '../../clients/index.ts'
import type { Challenged } from '../../realms/uris.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { startOutside, type Outside } from '../support/outside.ts'
import type { WampClient, Wire } from '../support/wamp-client.ts'

const required = 'wamp.error.authorization_required'
const denied = 'wamp.error.not_authorized'

describe('R15 a proof that comes from a watch', () => {
  let clock: ManualClock
  let outside: Outside
  let opened: unknown[]
  let watch: Authenticator
  let watchKey: AuthenticatorKey
  let phone: WampClient

  /** The guest's session, signed in just now by a password alone, or more. */
  const guest = async (acr = 'password'): Promise<WampClient> =>
    outside.join(
      await outside.token(0, 'guest', { acr, auth_time: Math.floor(clock.now() / 1_000) }),
    )
  /** Enrols the watch in a session that has proven so much. */
  const enrol = async (acr: string): Promise<string> => {
    const app = await outside.app(
      await outside.token(0, 'guest', { acr, auth_time: Math.floor(clock.now() / 1_000) }),
    )
    const { id } = await watch.enrol(app, { kind: 'watch', name: 'my watch' })
    await app.close()
    return id
  }
  /** A session in which a program offers procedures. */
  const connected = async (subject: string): Promise<Connection> => {
    const token = await outside.token(0, subject)
    const connection = new Connection({
      url: outside.url,
      realm: 'home',
      credential: () => Promise.resolve(ticket(token, 'person')),
      webSocket: webSocketClass(),
    })
    await connection.connect()
    return connection
  }
  const ask = async (
    client: WampClient,
    uri: string,
    kwargs: object,
  ): Promise<Record<string, unknown>> => {
    const [type, ...rest] = await outside.call(client, uri, [], kwargs)
    assert.equal(type, 50, JSON.stringify(rest))
    return (rest[2] as unknown[])[0] as Record<string, unknown>
  }
  const begin = async (
    client: WampClient,
    uri: string,
    args: unknown[],
    more: object = {},
  ): Promise<Challenged> => {
    const args_sha256 = await argumentsDigest({ args })
    return (await ask(client, 'latchkey.stepup.begin', {
      uri,
      args_sha256,
      ...more,
    })) as unknown as Challenged
  }
  const complete = async (client: WampClient, request: Challenged): Promise<Wire> => {
    const { challenge } = request
    const proof = await watch.confirm(request)
    return outside.call(client, 'latchkey.stepup.complete', [], { challenge, proof })
  }

  beforeEach(async () => {
    clock = new ManualClock()
    opened = []
    outside = await startOutside({ clock, acrMap: { gold: 'aal2' } })
    for (const id of ['guest', 'friend']) {
      await outside.person(id)
      await outside.grant(id, 1)
    }
    const open =
      (what: string) =>
      ({ args }: { args: readonly unknown[] }): string => {
        opened.push([what, ...args])
        return 'open'
      }
    await outside.device('lock', { prefix: 'door', handlers: { unlock: open('door') } })
    await outside.device('safe', { prefix: 'safe', handlers: { open: open('safe') } })
    const devices = (await outside.manage('device.list'))['devices'] as {
      id: string
      prefix: string
    }[]
    for (const [prefix, uri] of [
      ['door', 'door.unlock'],
      ['safe', 'safe.open'],
    ] as const) {
      const device = devices.find((each) => each.prefix === prefix)?.id
      await outside.manage('capability.set', {
        device,
        uri,
        action: 'call',
        ecosystem: 'home',
        level: prefix === 'door' ? 3 : 1,
        acr: 'aal2',
        max_age: '5m',
      })
    }
    watchKey = await newAuthenticatorKey()
    watch = new Authenticator({ key: watchKey, clock })
    phone = await guest()
  })

  afterEach(() => outside.stop())

  it('R15: a watch that was enrolled under two factors opens the door, once, with these arguments', async () => {
    await enrol('gold')
    const answer = await outside.call(phone, 'door.unlock', ['front'])
    assert.equal(answer[4], required)
    assert.deepEqual(answer[6], {
      error: 'insufficient_user_authentication',
      uri: 'door.unlock',
      acr_values: 'gold',
      max_age: 300,
    })
    const done = await complete(phone, await begin(phone, 'door.unlock', ['front']))
    assert.equal(done[0], 50)
    assert.equal(await outside.outcome(phone, 'door.unlock', ['front']), 'RESULT')
    assert.deepEqual(opened, [['door', 'front']])
    assert.equal(await outside.outcome(phone, 'door.unlock', ['front']), required)
  })

  it('R15: a watch that was enrolled under one factor is not enough', async () => {
    await enrol('password')
    const done = await complete(phone, await begin(phone, 'door.unlock', []))
    assert.equal(done[0], 50)
    assert.equal((done[3] as { acr: string }[])[0]?.acr, 'aal1')
    assert.equal(await outside.outcome(phone, 'door.unlock'), required)
    assert.deepEqual(opened, [])
  })

  it('R15: a proof for the door is denied at the safe, with other arguments, in another session, and twice', async () => {
    await enrol('gold')
    const forDoor = await begin(phone, 'door.unlock', ['front'])
    const forSafe = await begin(phone, 'safe.open', ['front'])
    const doorProof = await watch.confirm(forDoor)
    const tryWith = (challenge: string, client = phone): Promise<string> =>
      outside.outcome(client, 'latchkey.stepup.complete', [], { challenge, proof: doorProof })
    assert.equal(await tryWith(forSafe.challenge), denied)
    assert.equal(await tryWith(forDoor.challenge), 'RESULT')
    assert.equal(await tryWith(forDoor.challenge), denied)
    assert.equal(await outside.outcome(phone, 'safe.open', ['front']), required)
    assert.equal(await outside.outcome(phone, 'door.unlock', ['back']), required)
    assert.equal(await outside.outcome(phone, 'door.unlock', []), required)
    const other = await guest()
    assert.equal(await outside.outcome(other, 'door.unlock', ['front']), required)
    assert.equal(await outside.outcome(phone, 'door.unlock', ['front']), 'RESULT')
    assert.equal(await outside.outcome(phone, 'door.unlock', ['front']), required)
    assert.deepEqual(opened, [['door', 'front']])
  })

  it('R15: a challenge is of one session, of one person, and for a minute', async () => {
    await enrol('gold')
    const request = await begin(phone, 'door.unlock', [])
    const friend = await outside.join(await outside.token(0, 'friend'))
    const proof = await watch.confirm(request)
    const { challenge } = request
    const bring = (client: WampClient): Promise<string> =>
      outside.outcome(client, 'latchkey.stepup.complete', [], { challenge, proof })
    assert.equal(await bring(friend), denied)
    assert.equal(await bring(await guest()), denied)
    // It was the guest's own other session, so it is used up.
    assert.equal(await bring(phone), denied)
    const late = await begin(phone, 'door.unlock', [])
    const lateProof = await watch.confirm(late)
    clock.advance(60_000)
    assert.equal(
      await outside.outcome(phone, 'latchkey.stepup.complete', [], {
        challenge: late.challenge,
        proof: lateProof,
      }),
      denied,
    )
  })

  it('R15: what was confirmed is over after a minute, too', async () => {
    await enrol('gold')
    const done = await complete(phone, await begin(phone, 'door.unlock', []))
    assert.equal(done[0], 50)
    clock.advance(60_000)
    assert.equal(await outside.outcome(phone, 'door.unlock'), required)
  })

  it('R15: a watch that is revoked confirms nothing any more, nor what it has confirmed before', async () => {
    const id = await enrol('gold')
    const done = await complete(phone, await begin(phone, 'door.unlock', []))
    assert.equal(done[0], 50)
    const friend = await outside.join(await outside.token(0, 'friend'))
    const revoke = 'latchkey.authenticator.revoke'
    assert.equal(await outside.outcome(friend, revoke, [], { id }), denied)
    assert.equal(await outside.outcome(phone, revoke, [], { id }), 'RESULT')
    assert.equal(await outside.outcome(phone, 'door.unlock'), required)
    assert.equal(
      await outside.outcome(phone, 'latchkey.stepup.begin', [], { uri: 'door.unlock' }),
      'latchkey.error.invalid_state',
    )
    const app = await outside.app(
      await outside.token(0, 'guest', { auth_time: Math.floor(clock.now() / 1_000) }),
    )
    await assert.rejects(watch.enrol(app, { kind: 'watch', name: 'again' }), {
      uri: 'latchkey.error.conflict',
    })
  })

  it('R15: enrolling takes a fresh sign-in, and the key itself', async () => {
    const old = await outside.join(
      await outside.token(0, 'guest', {
        acr: 'gold',
        auth_time: Math.floor(clock.now() / 1_000) - 301,
      }),
    )
    const offered = { kind: 'watch', name: 'w', public_key: watch.publicKey }
    const uri = 'latchkey.authenticator.enrol.begin'
    assert.equal(await outside.outcome(old, uri, [], offered), required)
    const unknown = await outside.join(await outside.token(0, 'guest', { acr: 'gold' }))
    assert.equal(await outside.outcome(unknown, uri, [], offered), required)
    const request = (await ask(phone, uri, offered)) as unknown as Challenged
    const other = new Authenticator({ key: await newAuthenticatorKey(), clock })
    const proof = await other.confirm(request)
    assert.equal(
      await outside.outcome(phone, 'latchkey.authenticator.enrol.complete', [], {
        ...offered,
        challenge: request.challenge,
        proof,
      }),
      denied,
    )
  })

  it('R15: the router asks the person at the watch, who says yes to what is shown, or no', async () => {
    await enrol('gold')
    const prompts: Prompt[] = []
    let says = true
    const wearing = new Authenticator({
      key: watchKey,
      clock,
      decide: (prompt) => {
        prompts.push(prompt)
        return says
      },
    })
    const body = await connected('guest')
    await wearing.serve(body, 'guest')
    const push = { uri: 'door.unlock', args: ['front'], push: true, with: 'watch' }
    const done = await ask(phone, 'latchkey.stepup.begin', push)
    assert.equal(done['acr'], 'aal2')
    assert.deepEqual(prompts[0]?.args, ['front'])
    assert.equal(await outside.outcome(phone, 'door.unlock', ['front']), 'RESULT')
    says = false
    for (let i = 0; i < 5; i++)
      assert.equal(await outside.outcome(phone, 'latchkey.stepup.begin', [], push), denied)
    assert.equal(await outside.outcome(phone, 'door.unlock', ['front']), required)
    // Nobody is asked until he is tired of it.
    const limited = await outside.call(phone, 'latchkey.stepup.begin', [], push)
    assert.equal(limited[4], 'latchkey.error.rate_limited')
    assert.equal(prompts.length, 6)
    clock.advance(600_000)
    says = true
    assert.equal(await outside.outcome(phone, 'latchkey.stepup.begin', [], push), 'RESULT')
    await body.close()
    assert.equal(
      await outside.outcome(phone, 'latchkey.stepup.begin', [], push),
      'latchkey.error.invalid_state',
    )
  })
})

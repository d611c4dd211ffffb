import assert from 'node:assert/strict'
import { join } from 'node:path'
import { loadConfig } from '../../../config.ts'
import { addAuthRealm, type AuthRealm } from '../../support/auth-realm.ts'
import { ClientKey, craSignature, ScramClient } from '../../support/proofs.ts'
import { allRoles, type Wire } from '../../support/wamp-client.ts'
import { describeCryptosign } from './cryptosign.ts'
import { joinSteps, type Details } from './join-steps.ts'
import { assertAborted, type Scene } from './scene.ts'
import { describeSharedSecrets } from './shared-secrets.ts'

/** A URI by the loose rule: capitals, letters of all scripts, signs. */
const dotted = 'Com.Example-2@Haus.käse'
const shipped = join(import.meta.dirname, '../../../bench/auth.yaml')

/** Joining by the methods of the specification (rfc/text/advanced/authentication*.md), in the realm of bench/auth.yaml. */
export function describeAuthentication(scene: () => Scene): void {
  describe('a join', () => {
    const realms: AuthRealm[] = []

    before(async () => {
      const { router } = scene().open
      const config = (await loadConfig(shipped)).realms.find(({ uri }) => uri === 'auth1')
      assert(config !== undefined)
      const one = { authid: 'one', role: 'user', ticket: 'one-secret', wampcra: { secret: 'one' } }
      const judge = { authid: 'judge', role: 'authenticator', ticket: 'judge-secret' }
      const procedure = 'com.example.authenticate'
      const scram = { kdf: 'pbkdf2', salt: 'AAAAAAAAAAAAAAAAAAAAAA==', iterations: 50 }
      const odd = { authid: 'user=a,b', role: 'user', scram: { ...scram, secret: 'scram-secret' } }
      for (const realm of [
        { ...config, principals: [...config.principals, odd] },
        { uri: dotted, authmethods: ['anonymous'] },
        {
          uri: 'tells',
          authmethods: ['ticket', 'wampcra'],
          tellUnknownPrincipals: true,
          principals: [one],
        },
        {
          uri: 'asks',
          authmethods: ['ticket'],
          principals: [judge],
          authenticator: { procedure, role: 'authenticator', methods: ['ticket'] },
        },
        {
          uri: 'twice',
          authmethods: ['wampcra', 'ticket'],
          principals: [{ ...one, second: { ticket: 'and-another' } }],
        },
      ])
        realms.push(await addAuthRealm(router, realm))
    })
    after(async () => {
      for (const realm of realms) await realm.close()
    })

    const steps = joinSteps(scene)
    const { hello, challenged, welcomed, refused } = steps

    it('is welcomed with realm, authid, authrole, authmethod, authprovider and authextra', async () => {
      const { client } = await challenged({ authmethods: ['ticket'], authid: 'ticket-user' })
      const { realm, authid, authrole, authmethod, authprovider, authextra } = welcomed(
        await client.ask([5, 'ticket-secret', {}]),
      )
      assert.deepEqual(
        { realm, authid, authrole, authmethod, authprovider, authextra },
        {
          realm: 'auth1',
          authid: 'ticket-user',
          authrole: 'user',
          authmethod: 'ticket',
          authprovider: 'static',
          authextra: {},
        },
      )
      const scram = new ScramClient('scram-user', 'scram-secret')
      const authmethods = ['wamp-scram']
      const details = { authmethods, authid: 'scram-user', authextra: scram.authextra }
      const other = await challenged(details)
      const welcome = welcomed(await other.client.ask([5, ...(await scram.answer(other.extra))]))
      assert.deepEqual(welcome['authextra'], { verifier: scram.serverSignature })
    })

    it('of a realm that the router has not is aborted with no_such_realm, and makes none', async () => {
      const { router } = scene().open
      const before = router.realms.size
      for (const realm of ['nowhere', 'Com.Example-1@House', '家', 'auth1.x', 'AUTH1']) {
        const client = await scene().connect()
        client.send([1, realm, { roles: allRoles, authmethods: ['ticket'], authid: 'x' }])
        await assertAborted(client, 'wamp.error.no_such_realm')
      }
      assert.equal(router.realms.size, before)
    })

    it('has its realm checked as a URI: what is none is aborted with invalid_uri, and any that is one can be joined', async () => {
      for (const realm of ['', 'a b', 'a..b', '.a', 'a.', 'a#b', '\t', 'x'.repeat(257)]) {
        const client = await scene().connect()
        client.send([1, realm, { roles: allRoles, authmethods: ['ticket'], authid: 'x' }])
        await assertAborted(client, 'wamp.error.invalid_uri')
      }
      const client = await scene().connect()
      const [type] = await client.ask([1, dotted, { roles: allRoles }])
      assert.equal(type, 2)
    })

    it('is by the client’s first method that the realm has, in the client’s order, and unknown ones are skipped', async () => {
      const authid = 'cra-user'
      const authextra = { pubkey: new ClientKey().publicKey }
      for (const [authmethods, expected] of [
        [['ticket', 'wampcra'], 'ticket'],
        [['wampcra', 'ticket'], 'wampcra'],
        [['anonymous', 'kerberos', '', 'wampcra', 'ticket'], 'wampcra'],
        [['__proto__', 'cryptosign', 'wampcra'], 'cryptosign'],
        [['x', 'ticket', 'y'], 'ticket'],
      ] as const) {
        assert.equal((await challenged({ authmethods, authid, authextra })).method, expected)
      }
    })

    it('without a method in common is aborted with no_matching_auth_method', async () => {
      for (const authmethods of [
        ['kerberos'],
        ['anonymous'],
        ['x', 'y', 'TICKET', 'constructor'],
      ]) {
        const client = await scene().connect()
        client.send([1, 'auth1', { roles: allRoles, authmethods, authid: 'ticket-user' }])
        await assertAborted(client, 'wamp.error.no_matching_auth_method')
      }
    })

    it('with a wrong secret is aborted with authentication_denied, whatever the method', async () => {
      const authid = 'ticket-user'
      const ticket = await challenged({ authmethods: ['ticket'], authid })
      const texts = [await refused(ticket.client, 'ticket-secrex')]
      const cra = await challenged({ authmethods: ['wampcra'], authid: 'cra-user' })
      texts.push(await refused(cra.client, craSignature('cra-secrex', cra.extra)))
      for (const [name, dialect] of [
        ['scram-pbkdf2', 'wamp-scram'],
        ['scram-user', 'scram'],
      ] as const) {
        const scram = new ScramClient(name, 'scram-secrex', dialect)
        const details = { authmethods: [dialect], authid: name, authextra: scram.authextra }
        const { client, extra } = await challenged(details)
        texts.push(await refused(client, ...(await scram.answer(extra))))
      }
      const key = new ClientKey()
      const authextra = { pubkey: key.publicKey }
      const cryptosign = await challenged({ authmethods: ['cryptosign'], authextra })
      texts.push(await refused(cryptosign.client, key.answer(cryptosign.extra)))
      assert.equal(new Set(texts).size, 1, 'all are told the same')
    })

    it('whose proof cannot be checked is aborted with authentication_failed', async () => {
      // Nobody offers the procedure that is to be asked.
      const { client } = await challenged({ authmethods: ['ticket'], authid: 'anyone' }, 'asks')
      await refused(client, 'some-ticket', {}, 'wamp.error.authentication_failed')
    })

    it('without authmethods, where authentication is needed, is aborted with authentication_required', async () => {
      for (const details of [{}, { authmethods: [] }, { authid: 'ticket-user' }]) {
        const client = await scene().connect()
        client.send([1, 'auth1', { roles: allRoles, ...details }])
        await assertAborted(client, 'wamp.error.authentication_required')
      }
    })

    it('for an unknown name or role is told no_such_principal or no_such_role only where the realm tells', async () => {
      for (const method of ['wampcra', 'ticket']) {
        const details = { roles: allRoles, authmethods: [method] }
        const nobody = await scene().connect()
        nobody.send([1, 'tells', { ...details, authid: 'nobody' }])
        // A ticket could be one that brings its own name, so it is looked at first.
        if (method === 'ticket') {
          assert.deepEqual(await nobody.next(), [4, 'ticket', {}])
          nobody.send([5, 'x', {}])
        }
        await assertAborted(nobody, 'wamp.error.no_such_principal')
        const wrong = await scene().connect()
        wrong.send([1, 'tells', { ...details, authid: 'one', authrole: 'emperor' }])
        await assertAborted(wrong, 'wamp.error.no_such_role')
        const known = await challenged({ ...details, authid: 'one', authrole: 'user' }, 'tells')
        await refused(known.client, 'wrong')
        const untold = { ...details, authid: 'nobody', authrole: 'emperor' }
        const here = await challenged(untold)
        await refused(here.client, 'x')
      }
    })

    describe('by ticket', () => {
      it('goes HELLO with authid, CHALLENGE ["ticket", {}], AUTHENTICATE with the ticket, WELCOME', async () => {
        const { client, answer } = await hello({ authmethods: ['ticket'], authid: 'ticket-user' })
        assert.deepEqual(answer, [4, 'ticket', {}])
        const { authid, authmethod } = welcomed(await client.ask([5, 'ticket-secret', {}]))
        assert.deepEqual([authid, authmethod], ['ticket-user', 'ticket'])
      })
    })

    describeSharedSecrets(steps)
    describeCryptosign(steps)

    describe('in two rounds', () => {
      it('is challenged a second time after the first proof, by another method, and welcomed after both', async () => {
        const first = { authmethods: ['wampcra', 'ticket'], authid: 'one' }
        const { client, method, extra } = await challenged(first, 'twice')
        assert.equal(method, 'wampcra')
        const second = await client.ask([5, craSignature('one', extra), {}])
        assert.deepEqual(second, [4, 'ticket', { second_factor: 'ticket' }])
        const { authid, authmethod } = welcomed(await client.ask([5, 'and-another', {}]))
        assert.deepEqual([authid, authmethod], ['one', 'wampcra'])
        const wrong = await challenged(first, 'twice')
        await wrong.client.ask([5, craSignature('one', wrong.extra), {}])
        await refused(wrong.client, 'one-secret')
        const wrongFirst = await challenged(first, 'twice')
        await refused(wrongFirst.client, 'and-another')
      })
    })

    describe('that a component decides', () => {
      const procedure = 'com.example.authenticate'

      it('asks its procedure with (realm, authid, details) and takes the principal that it answers with', async () => {
        const judge = await challenged({ authmethods: ['ticket'], authid: 'judge' }, 'asks')
        welcomed(await judge.client.ask([5, 'judge-secret', {}]))
        await judge.client.register(procedure)
        const asked: Wire[] = []
        judge.client.intercept = (message) => {
          asked.push(message)
          const [realm, authid, { ticket }] = message[4] as [string, string, Details]
          const principal = { role: 'visitor', authid: `${realm}-${authid}`, extra: { floor: 2 } }
          judge.client.send([70, message[1], {}, [ticket === 'come-in' ? principal : null]])
          return true
        }
        const guest = await challenged({ authmethods: ['ticket'], authid: 'guest' }, 'asks')
        const welcome = welcomed(await guest.client.ask([5, 'come-in', {}]))
        const { authid, authrole, authmethod, authprovider, authextra } = welcome
        assert.deepEqual(
          [authid, authrole, authmethod, authprovider, authextra],
          ['asks-guest', 'visitor', 'ticket', 'dynamic', { floor: 2 }],
        )
        const [question = []] = asked
        const [realm, name, details] = question[4] as [string, string, Details]
        assert.deepEqual([realm, name, details['ticket']], ['asks', 'guest', 'come-in'])
        const stranger = await challenged({ authmethods: ['ticket'], authid: 'guest' }, 'asks')
        await refused(stranger.client, 'let-me-in')
      })
    })
  })
}

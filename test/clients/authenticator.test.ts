import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openAuthenticatorKey } from '../../clients/authenticator-key.ts'
import {
  Authenticator,
  newAuthenticatorKey,
  type AuthenticatorOptions,
  type Prompt,
} from '../../clients/authenticator.ts'
import { argumentsDigest } from '../../clients/digest.ts'
import { CallError } from '../../clients/errors.ts'
import type { Dict } from '../../clients/errors.ts'
import type { Procedure } from '../../clients/payload.ts'
import { Challenges } from '../../ecosystems/proofs/challenges.ts'
import { PresenceProofs } from '../../ecosystems/proofs/presence-proof.ts'
import { verifyStepUp } from '../../ecosystems/proofs/step-up-proof.ts'
import type { ConfirmRequest } from '../../realms/uris.ts'
import { ManualClock } from '../support/manual-clock.ts'

describe("a person's authenticator", () => {
  const clock = new ManualClock(1_000_000_000)
  const challenges = new Challenges({ clock })

  /** What the house asks, and how it checks the answer. */
  async function asked(args: readonly unknown[] = []) {
    const argsSha256 = await argumentsDigest({ args })
    const challenge = challenges.begin({ caller: 'guest', uri: 'door.unlock', argsSha256 })
    const request: ConfirmRequest = {
      challenge: challenge.challenge,
      uri: 'door.unlock',
      args_sha256: argsSha256,
      caller: 'guest',
      expires_at: challenge.expiresAt,
    }
    const verify = (proof: unknown, publicKey: string): unknown =>
      verifyStepUp(proof, { publicKey, challenge, now: clock.now() })
    return { request, verify }
  }

  async function watch(options: Partial<AuthenticatorOptions> = {}): Promise<Authenticator> {
    return new Authenticator({ key: await newAuthenticatorKey(), clock, ...options })
  }

  /** The procedure that it offers. */
  async function served(authenticator: Authenticator): Promise<(kwargs: Dict) => Promise<unknown>> {
    let offered: { uri: string; procedure: Procedure } | undefined
    await authenticator.serve(
      {
        register: (uri, procedure) => {
          offered = { uri, procedure }
          return Promise.resolve(() => Promise.resolve())
        },
      },
      'guest',
    )
    assert.equal(offered?.uri, 'user.guest.authenticator.confirm')
    const { procedure } = offered
    return async (kwargs) => procedure({ args: [], kwargs, details: {} })
  }

  const denied = (error: unknown): boolean =>
    error instanceof CallError && error.uri === 'wamp.error.not_authorized'
  const invalid = (error: unknown): boolean =>
    error instanceof CallError && error.uri === 'wamp.error.invalid_argument'

  it('confirms one call so that the house can tell', async () => {
    const { request, verify } = await asked()
    const mine = await watch()
    const proof = await mine.confirm(request)
    verify(proof, mine.publicKey)
    const other = await watch()
    assert.throws(() => verify(proof, other.publicKey))
  })

  it('confirms for one session alone where that is asked', async () => {
    const mine = await watch()
    const argsSha256 = await argumentsDigest({})
    const bound = { caller: 'guest', uri: 'door.unlock', argsSha256, session: 9 }
    const challenge = challenges.begin(bound)
    const proof = await mine.confirm({
      challenge: challenge.challenge,
      uri: 'door.unlock',
      args_sha256: argsSha256,
      caller: 'guest',
      session: 9,
      expires_at: challenge.expiresAt,
    })
    verifyStepUp(proof, { publicKey: mine.publicKey, challenge, now: clock.now() })
  })

  it('signs that it is at a lock', async () => {
    const mine = await watch()
    const nonce = 'n'.repeat(22)
    const proof = await mine.presence({ lock: 'door1', nonce })
    const { publicKey } = mine
    new PresenceProofs({ clock }).verify(proof, { lock: 'door1', nonce, publicKey })
  })

  it('keeps a key in memory that nobody can read', async () => {
    const { privateKey } = await newAuthenticatorKey()
    await assert.rejects(crypto.subtle.exportKey('pkcs8', privateKey))
  })

  it('keeps its key in a file, for its owner alone', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lk-watch-'))
    try {
      const file = join(folder, 'watch', 'watch.pem')
      const mine = new Authenticator({ key: await openAuthenticatorKey(file) })
      const again = new Authenticator({ key: await openAuthenticatorKey(file) })
      assert.equal(again.publicKey, mine.publicKey)
      assert.equal((await stat(file)).mode & 0o777, 0o600)
      assert.deepEqual(await readdir(join(folder, 'watch')), ['watch.pem'])
      const { request, verify } = await asked()
      verify(await again.confirm(request), mine.publicKey)
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  describe('that is prompted', () => {
    it('asks its person, and signs when he says yes', async () => {
      const prompts: Prompt[] = []
      const mine = await watch({ decide: (prompt) => prompts.push(prompt) > 0 })
      const { request, verify } = await asked([1])
      const answer = (await (await served(mine))({ ...request, args: [1] })) as { proof: string }
      verify(answer.proof, mine.publicKey)
      const { uri, expires_at: expiresAt } = request
      assert.deepEqual(prompts, [{ uri, expiresAt, args: [1], kwargs: {} }])
    })

    it('signs nothing when he says no, or when there is nobody to ask', async () => {
      const { request } = await asked()
      const refusing = await served(await watch({ decide: () => Promise.resolve(false) }))
      await assert.rejects(refusing({ ...request }), denied)
      await assert.rejects((await served(await watch()))({ ...request }), denied)
    })

    it('shows no other arguments than those that it would sign', async () => {
      const { request } = await asked([1])
      const decide = (): boolean => assert.fail('he must not be asked')
      const ask = await served(await watch({ decide }))
      await assert.rejects(ask({ ...request, args: [2] }), invalid)
    })

    it('signs nothing for another person', async () => {
      const { request } = await asked()
      const ask = await served(await watch({ decide: () => true }))
      await assert.rejects(ask({ ...request, caller: 'owner' }), denied)
    })

    it('takes no request of another form', async () => {
      const { request } = await asked()
      const ask = await served(await watch({ decide: () => true }))
      await assert.rejects(ask({}), invalid)
      for (const key of ['challenge', 'uri', 'args_sha256', 'caller', 'expires_at'])
        await assert.rejects(ask({ ...request, [key]: ['x'] }), invalid)
      await assert.rejects(ask({ ...request, session: 'x' }), invalid)
    })
  })
})

import assert from 'node:assert/strict'
import { ClientKey } from '../../support/proofs.ts'
import type { JoinSteps } from './join-steps.ts'

/** Joining with a key (rfc/text/advanced/authentication_cryptosign.md). */
export function describeCryptosign({ challenged, welcomed, refused }: JoinSteps): void {
  describe('by cryptosign', () => {
    const key = new ClientKey(Buffer.alloc(32, 7))
    const details = {
      authmethods: ['cryptosign'],
      authextra: { pubkey: key.publicKey, channel_binding: null },
    }

    it('gives its key as hex, is challenged with 32 bytes of hex, and answers with signature and message in 96', async () => {
      const { client, method, extra } = await challenged({ ...details, authid: 'sign-user' })
      assert.equal(method, 'cryptosign')
      assert.match(String(extra['challenge']), /^[0-9a-f]{64}$/)
      const answer = key.answer(extra)
      assert.equal(answer.length, 2 * 96)
      const { authid, authmethod } = welcomed(await client.ask([5, answer, {}]))
      assert.deepEqual([authid, authmethod], ['sign-user', 'cryptosign'])
      const short = await challenged(details)
      await refused(short.client, key.answer(short.extra).slice(0, 128))
    })

    it('is refused with a good signature of another message: what was signed is compared with the challenge sent', async () => {
      const first = await challenged(details)
      const overheard = key.answer(first.extra)
      welcomed(await first.client.ask([5, overheard, {}]))
      const replayed = await challenged(details)
      await refused(replayed.client, overheard)
      const chosen = await challenged(details)
      await refused(chosen.client, key.answer({ challenge: '00'.repeat(32) }))
    })

    it('needs no authid: it is inferred from the key, whatever authid is given', async () => {
      for (const more of [{}, { authid: 'ticket-user' }, { authid: 'sign-user' }]) {
        const { client, extra } = await challenged({ ...details, ...more })
        const { authid } = welcomed(await client.ask([5, key.answer(extra), {}]))
        assert.equal(authid, 'sign-user')
      }
    })

    it('with a channel binding that there is not goes on without, and says so', async () => {
      for (const type of ['tls-server-end-point', 'x', 7]) {
        const authextra = { pubkey: key.publicKey, channel_binding: type }
        const { client, extra } = await challenged({ authmethods: ['cryptosign'], authextra })
        assert.equal(extra['channel_binding'], null)
        welcomed(await client.ask([5, key.answer(extra), {}]))
      }
    })

    it('asks the router for its proof by a challenge of its own, and gets signature and pubkey; else not', async () => {
      const router = new ClientKey(Buffer.alloc(32, 8))
      const challenge = 'ab'.repeat(32)
      const authextra = { pubkey: key.publicKey, challenge }
      const { client, extra } = await challenged({ authmethods: ['cryptosign'], authextra })
      assert.equal(extra['pubkey'], router.publicKey)
      assert.equal(extra['signature'], router.answer({ challenge }))
      welcomed(await client.ask([5, key.answer(extra), {}]))
      const unasked = await challenged(details)
      assert.deepEqual(Object.keys(unasked.extra), ['challenge', 'channel_binding'])
    })
  })
}

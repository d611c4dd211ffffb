import assert from 'node:assert/strict'
import { join } from 'node:path'
import { Connection } from '../../clients/connection.ts'
import { openAuthenticatorKey } from '../../clients/authenticator-key.ts'
import { Authenticator, type Prompt } from '../../clients/authenticator.ts'
import { ticket } from '../../clients/credential.ts'
import { webSocketClass } from '../../clients/websocket.ts'
import { startCliHouse, type CliHouse } from './house.ts'

describe('latchkey step-up', function () {
  this.timeout(30_000)
  let house: CliHouse
  let keyFile: string
  let watch: Connection
  let says: boolean
  const prompts: Prompt[] = []

  before(async () => {
    house = await startCliHouse()
    keyFile = join(house.dir, 'watch', 'key.pem')
    await house.json(
      ...'capability set lamp1 lamp1.switch --action call --ecosystem home'.split(' '),
      ...'--level 3 --acr aal1 --max-age 5m'.split(' '),
    )
    const token = await house.provider.token('guest', {
      claims: { auth_time: Math.floor(Date.now() / 1_000) },
    })
    watch = new Connection({
      url: house.url,
      realm: 'home',
      credential: () => ticket(token, 'person'),
      webSocket: webSocketClass(),
    })
    await watch.connect()
    const wearing = new Authenticator({
      key: await openAuthenticatorKey(keyFile),
      decide: (prompt) => {
        prompts.push(prompt)
        return says
      },
    })
    await wearing.enrol(watch, { kind: 'watch', name: 'watch' })
    await wearing.serve(watch, 'guest')
  })

  beforeEach(() => {
    says = true
    prompts.length = 0
  })

  after(async () => {
    await watch.close()
    await house.stop()
  })

  it('has the watch confirm the call, and makes it', async () => {
    const tokenFile = await house.tokenFile('guest')
    const as = ['--token-file', tokenFile, '--url', house.url]
    const plain = await house.cli('call', 'lamp1.switch', 'true', ...as)
    assert.equal(plain.code, 1)
    assert.match(
      plain.err,
      /^wamp\.error\.authorization_required: .*insufficient_user_authentication, .*max_age 300$/m,
    )
    const stepped = await house.cli('step-up', 'lamp1.switch', 'true', '--with', 'watch', ...as)
    assert.deepEqual(stepped, { code: 0, out: '{"on":true}', err: 'confirmed (aal1)' })
    assert.deepEqual(
      prompts.map(({ uri, args, kwargs }) => ({ uri, args, kwargs })),
      [{ uri: 'lamp1.switch', args: [true], kwargs: {} }],
    )
  })

  it('signs with a key in a file', async () => {
    const as = ['--token-file', await house.tokenFile('guest'), '--url', house.url, '--json']
    const kwargs = ['--kwargs', '{"on":false}']
    const stepped = await house.cli('step-up', 'lamp1.switch', '--key', keyFile, ...kwargs, ...as)
    assert.deepEqual(stepped, { code: 0, out: '{"on":false}', err: '' })
    assert.equal(prompts.length, 0)
  })

  it("ends with 1 when the person says no, or the key is nobody's", async () => {
    const as = ['--token-file', await house.tokenFile('guest'), '--url', house.url]
    says = false
    const declined = await house.cli('step-up', 'lamp1.switch', ...as)
    assert.equal(declined.code, 1)
    assert.match(declined.err, /^wamp\.error\.not_authorized: /)
    const other = join(house.dir, 'other.pem')
    await openAuthenticatorKey(other)
    const foreign = await house.cli('step-up', 'lamp1.switch', '--key', other, ...as)
    assert.equal(foreign.code, 1)
  })

  it('ends with 2 for what was given wrongly', async () => {
    const as = ['--token-file', await house.tokenFile('guest'), '--url', house.url]
    const nobody = await house.cli('step-up', 'lamp1.switch')
    assert.deepEqual([nobody.code, nobody.err.split(':')[0]], [2, 'wamp.error.invalid_argument'])
    const missing = join(house.dir, 'none.pem')
    const none = await house.cli('step-up', 'lamp1.switch', '--key', missing, ...as)
    assert.deepEqual(none, {
      code: 2,
      out: '',
      err: `wamp.error.invalid_argument: --key: ${missing} cannot be read`,
    })
    const phone = await house.cli('step-up', 'lamp1.switch', '--with', 'phone', ...as)
    assert.equal(phone.code, 2)
    assert.match(phone.err, /^latchkey\.error\.invalid_state: with: /)
  })

  it('lists and revokes what people confirm with', async () => {
    const { authenticators } = await house.json('authenticator', 'list', 'guest')
    const [row] = authenticators as { id: string; kind: string; acr: string }[]
    assert.deepEqual([row?.kind, row?.acr], ['watch', 'aal1'])
    await house.json('authenticator', 'revoke', row?.id ?? '')
    const as = ['--token-file', await house.tokenFile('guest'), '--url', house.url]
    const { code } = await house.cli('step-up', 'lamp1.switch', '--key', keyFile, ...as)
    assert.equal(code, 2)
  })
})

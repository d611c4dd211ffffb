import assert from 'node:assert/strict'
import {
  Authenticator,
  newAuthenticatorKey,
  type App,
  type StepUpPrompt,
} from '../../clients/index.ts'
import { CallError } from '../../clients/errors.ts'
import { startOutside, type Outside } from '../support/outside.ts'

describe('a call that lacks a proof', () => {
  let outside: Outside
  let app: App
  let watch: Authenticator
  let told: (readonly unknown[])[]

  before(async () => {
    outside = await startOutside()
    await outside.person('guest')
    await outside.grant('guest', 3)
    await outside.device('light', {
      prefix: 'lamp',
      handlers: {
        switch: ({ args }) => {
          told.push(args)
          return args[0]
        },
      },
    })
    const { devices } = (await outside.manage('device.list')) as unknown as {
      devices: { id: string }[]
    }
    await outside.manage('capability.set', {
      device: devices[0]?.id,
      uri: 'lamp.switch',
      action: 'call',
      ecosystem: 'home',
      level: 3,
      max_age: '5m',
    })
    watch = new Authenticator({ key: await newAuthenticatorKey() })
    const auth_time = Math.floor(Date.now() / 1_000)
    const fresh = await outside.app(await outside.token(0, 'guest', { auth_time }))
    await watch.enrol(fresh, { kind: 'watch', name: 'watch' })
    await fresh.close()
    app = await outside.app(await outside.token(0, 'guest'))
  })

  after(() => outside.stop())

  beforeEach(() => (told = []))

  it('fails as it always did where nobody says how to step up', async () => {
    await assert.rejects(app.call('lamp.switch', [true]), {
      uri: 'wamp.error.authorization_required',
    })
    assert.deepEqual(told, [])
  })

  it('is confirmed, told what would do, and made once more', async () => {
    const prompts: StepUpPrompt[] = []
    const { args } = await app.call('lamp.switch', [true], undefined, {
      stepUp: async (prompt) => {
        prompts.push(prompt)
        return { proof: await watch.confirm(prompt) }
      },
    })
    assert.deepEqual(args, [true])
    assert.deepEqual(told, [[true]])
    assert.deepEqual(
      prompts.map(({ uri, acrValues }) => ({ uri, acrValues })),
      [{ uri: 'lamp.switch', acrValues: ['aal1'] }],
    )
  })

  it('asks nobody where nothing is lacking, or where no proof would help', async () => {
    const stepUp = (): never => assert.fail('nobody is to be asked')
    await assert.rejects(
      app.call('safe.open', [], {}, { stepUp }),
      (error) => error instanceof CallError && error.uri === 'wamp.error.not_authorized',
    )
    const { args } = await app.call('latchkey.discovery.list', [], {}, { stepUp })
    assert.equal(args.length, 1)
  })

  it('fails with what the person decided', async () => {
    const stepUp = (): Promise<never> => Promise.reject(new Error('not now'))
    await assert.rejects(app.call('lamp.switch', [true], {}, { stepUp }), /not now/)
    await assert.rejects(app.call('lamp.switch', [true], {}, { stepUp: 'push' }), {
      uri: 'latchkey.error.invalid_state',
    })
    assert.deepEqual(told, [])
  })

  it('is not made with what was confirmed for another', async () => {
    await assert.rejects(
      app.call(
        'lamp.switch',
        [true],
        {},
        {
          stepUp: async (prompt) => ({
            proof: await watch.confirm({ ...prompt, args_sha256: 'a'.repeat(64) }),
          }),
        },
      ),
      { uri: 'wamp.error.not_authorized' },
    )
    assert.deepEqual(told, [])
  })
})

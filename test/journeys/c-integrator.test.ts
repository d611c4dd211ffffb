import assert from 'node:assert/strict'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { until } from '../support/until.ts'
import { startOpenIdProvider } from '../support/openid-provider.ts'
import type { OpenIdProvider } from '../support/openid-provider.ts'
import { Journey } from './journey.ts'

describe('journey C: an integrator', function () {
  this.timeout(300_000)
  let journey: Journey
  let provider: OpenIdProvider

  before(async () => {
    journey = await Journey.begin('C')
    provider = await startOpenIdProvider({ people: ['worker'] })
  })
  after(async () => {
    await provider.stop()
    await journey.end()
  })

  it('brings a rule of one’s own, sees it narrow and fail closed, and a second provider, by the page', async () => {
    await journey.step('latchkey demo token guest', 0)
    await journey.step('cp -r examples/authorizer my-rule', 0)
    await until(() => journey.shell.out.includes('com.example.authorize is asked'), 20_000)
    await journey.step('latchkey authz add', 0)
    const { out: verdict } = await journey.step('latchkey authz check', 1)
    assert.match(verdict, /^allow +no$/m)
    assert.match(verdict, /^reason +authorizer:com\.example\.authorize$/m)
    await journey.step('kill %1', 0)
    const { err: failed } = await journey.step('latchkey call lamp.switch', 1)
    assert.match(failed, /^wamp\.error\.authorization_failed: /m)

    const { port } = new URL(provider.issuer)
    await journey.step('latchkey idp add', 0, { PORT: port })
    await expectLevelTwoAndTwoFactors()

    const { out: tests } = await journey.step('npm test', 0, {}, 240_000)
    assert.match(tests, /^ +[1-9]\d* passing/m)
    const tookMs = await journey.arrived()
    console.log(`      in ${(tookMs / 1000).toFixed(1)} s`)
  })

  /** Whoever comes by the second provider has level 2 at most, whatever is given, and two factors where it says so. */
  async function expectLevelTwoAndTwoFactors(): Promise<void> {
    const authTime = Math.floor(Date.now() / 1_000)
    const claims = { acr: 'gold', auth_time: authTime }
    const token = await provider.token('worker', { claims })
    await writeFile(join(journey.dir, 'worker.jwt'), token)
    const worker = '--token-file worker.jwt'
    const first = await journey.shell.run(`latchkey call tv.play ${worker}`)
    assert.equal(first.code, 1, first.out)
    const { out: people } = await journey.shell.run('latchkey person list')
    const id = /\bp_\w+/.exec(people)?.[0] ?? assert.fail(people)
    await journey.shell.run(`latchkey grant create --to ${id} --ecosystem home --level 1`)
    for (const [uri, code] of [
      ['tv.play', 0],
      ['door.unlock', 0],
      ['safe.open', 1],
    ] as const) {
      const ended = await journey.shell.run(`latchkey call ${uri} ${worker}`)
      assert.equal(ended.code, code, `${uri}: ${ended.err}`)
    }
  }
})

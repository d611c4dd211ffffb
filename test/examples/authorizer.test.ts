import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { startOutside, type Outside } from '../support/outside.ts'
import type { WampClient } from '../support/wamp-client.ts'

const program = join(import.meta.dirname, '../../examples/authorizer/authorizer.js')
const ticket = 'a-ticket-of-this-test'
const denied = 'wamp.error.not_authorized'
const failed = 'wamp.error.authorization_failed'

describe('examples/authorizer: my rule', function () {
  this.timeout(30_000)
  let house: Outside
  let dir: string
  let guest: WampClient
  let friend: WampClient
  const children: ChildProcess[] = []

  const run = async (url: string, content = ticket): Promise<ChildProcess> => {
    const file = join(dir, `ticket-${children.length}`)
    await writeFile(file, `${content}\n`, { mode: 0o600 })
    const child = spawn(process.execPath, [program], {
      env: { PATH: process.env['PATH'], LATCHKEY_URL: url, LATCHKEY_TICKET_FILE: file },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    children.push(child)
    return child
  }
  const started = async (): Promise<ChildProcess> => {
    const child = await run(house.url)
    assert.ok(child.stdout !== null)
    const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string]
    assert.match(line, /^com\.example\.authorize is asked at ws:/)
    return child
  }
  const kill = async (child: ChildProcess): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.kill('SIGKILL')
    await gone
  }
  const check = (): Promise<Readonly<Record<string, unknown>>> =>
    house.manage('authz.check', { as: 'guest', action: 'call', uri: 'lamp.switch' })

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'lk-rule-'))
    house = await startOutside({
      realm: {
        principals: [{ authid: 'authorizer', role: 'authorizer', ticket }],
        rules: [
          { role: 'authorizer', uri: 'com.example.', match: 'prefix', allow: { register: true } },
        ],
      },
    })
    for (const [id, level] of Object.entries({ guest: 3, friend: 2 })) {
      await house.person(id)
      await house.grant(id, level)
    }
    await house.device('light', {
      prefix: 'lamp',
      handlers: { switch: () => ({ on: true }), state: () => ({ on: false }) },
    })
    guest = await house.join(await house.token(0, 'guest'))
    friend = await house.join(await house.token(0, 'friend'))
  })

  after(async () => {
    await Promise.all(children.map(kill))
    await house.stop()
    await rm(dir, { recursive: true, force: true })
  })

  it('my rule: says no to the guest, is asked before anything is called, and refuses all when it is gone', async () => {
    assert.equal(await house.outcome(guest, 'lamp.switch', [true]), 'RESULT')
    const rule = await started()
    await house.manage('authz.add', { procedure: 'com.example.authorize', scope: 'lamp.' })

    assert.equal(await house.outcome(guest, 'lamp.switch', [true]), denied)
    assert.equal(await house.outcome(guest, 'lamp.state'), 'RESULT')
    assert.equal(await house.outcome(friend, 'lamp.switch', [true]), 'RESULT')
    const answer = await check()
    assert.deepEqual(
      [answer['allow'], answer['reason']],
      [false, 'authorizer:com.example.authorize'],
    )

    const left = once(rule, 'exit')
    rule.kill('SIGTERM')
    await left
    for (const client of [guest, friend])
      assert.equal(await house.outcome(client, 'lamp.switch', [true]), failed)

    await started()
    assert.equal(await house.outcome(friend, 'lamp.switch', [true]), 'RESULT')
    await house.manage('authz.remove', { procedure: 'com.example.authorize' })
    assert.equal(await house.outcome(guest, 'lamp.switch', [true]), 'RESULT')
  })

  it('my rule: says what is wrong with its ticket', async () => {
    const child = await run(house.url, 'another-ticket')
    assert.ok(child.stderr !== null)
    const [words, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')])
    assert.equal(code, 1)
    assert.match(words, /^not at ws:.*with the ticket in .*ticket-\d/)
  })
})

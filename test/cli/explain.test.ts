import assert from 'node:assert/strict'
import { startCliHouse, type CliHouse } from './house.ts'

describe('latchkey authz explain', function () {
  this.timeout(30_000)
  let house: CliHouse

  before(async () => {
    house = await startCliHouse()
  })
  after(() => house.stop())

  it('takes the number that a denial is printed with', async () => {
    const as = ['--token-file', await house.tokenFile('guest'), '--url', house.url]
    const plain = await house.cli('call', 'safe1.open', ...as)
    assert.equal(plain.code, 1)
    const [, id = ''] = /^why: latchkey authz explain (\S+)$/m.exec(plain.err) ?? []
    assert.match(plain.err, /^wamp\.error\.not_authorized: call of safe1\.open is not allowed/)

    const told = await house.cli('authz', 'explain', id)
    assert.equal(told.code, 0, told.err)
    assert.match(told.out, /person:guest asked to call safe1\.open, and may not: grant g/)
    const json = await house.json('authz', 'explain', id)
    assert.deepEqual([json['check'], json['id']], ['level', id])

    const asJson = await house.cli('call', 'safe1.open', ...as, '--json')
    const { error, decision_id: again } = JSON.parse(asJson.err) as Record<string, unknown>
    assert.equal(error, 'wamp.error.not_authorized')
    assert.equal((await house.json('authz', 'explain', String(again)))['target'], 'safe1.open')

    const unknown = await house.cli('authz', 'explain', 'never-was')
    assert.equal(unknown.code, 2)
    assert.match(unknown.err, /^latchkey\.error\.not_found/)
  })
})

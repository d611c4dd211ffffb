import assert from 'node:assert/strict'
import { MemoryStore } from '../../../ecosystems/store/memory.ts'
import { StoreUnavailable } from '../../../ecosystems/store/store.ts'
import { catalogue } from '../../../realms/services/catalogue.ts'
import { procedureUris } from '../../../realms/uris.ts'
import { startHouse, type House } from './house.ts'

describe('a call of a procedure', () => {
  let house: House
  beforeEach(async () => {
    house = await startHouse()
  })
  afterEach(() => house.stop())

  it('answers with one dictionary as the only positional result', async () => {
    const owner = await house.person('owner')
    const answer = await owner.client.ask([48, 1, {}, procedureUris.grantList, [], {}])
    assert.equal(answer[0], 50)
    assert.equal((answer[3] as unknown[]).length, 1)
    assert.deepEqual(Object.keys((answer[3] as [object])[0]), ['grants'])
  })

  it('takes keyword arguments, one dictionary, or positional arguments alike', async () => {
    const operator = await house.operator()
    const made = [
      await operator.call(procedureUris.ecosystemCreate, { id: 'boat' }),
      await operator.callWith(procedureUris.ecosystemCreate, [{ id: 'shed' }]),
      await operator.callWith(procedureUris.ecosystemCreate, ['attic']),
    ]
    assert.deepEqual(
      made.map(({ id }) => id),
      ['boat', 'shed', 'attic'],
    )
  })

  it('is refused to the anonymous, whatever it is', async () => {
    const anonymous = await house.as('anonymous')
    for (const { uri } of catalogue)
      assert.equal((await anonymous.refusal(uri)).uri, 'wamp.error.not_authorized', uri)
  })

  it('is refused before the input is looked at', async () => {
    const guest = await house.person('guest')
    const wrong = await guest.refusal(procedureUris.classCreate, { nonsense: 1 })
    const input = { id: 'boat', prefix: 'boat', capabilities: [] }
    const right = await guest.refusal(procedureUris.classCreate, input)
    assert.deepEqual(wrong, right)
    assert.equal(right.uri, 'wamp.error.not_authorized')
  })

  it('says the same of what is not there as of what is not the caller’s', async () => {
    const owner = await house.person('owner')
    const other = house.ecosystems.grants.list({ ecosystem: 'car' })[0]?.id
    const [foreign, missing] = await Promise.all([
      (await house.person('owner')).refusal(procedureUris.grantRevoke, { id: other }),
      (await house.person('owner')).refusal(procedureUris.grantRevoke, { id: 'g_nothing' }),
    ])
    assert.deepEqual(foreign, missing)
    assert.equal(foreign.uri, 'wamp.error.not_authorized')
    assert.deepEqual(
      await owner.refusal(procedureUris.deviceQuarantine, { device: 'nothing' }),
      await (
        await house.person('guest')
      ).refusal(procedureUris.deviceQuarantine, {
        device: 'lamp1',
      }),
    )
  })

  it('says what is wrong with the input to who has the right', async () => {
    const operator = await house.operator()
    assert.deepEqual(await operator.refusal(procedureUris.ecosystemCreate, { id: 'Boat' }), {
      uri: 'wamp.error.invalid_argument',
      message: 'id: found "Boat", allowed is 1 to 64 of a to z, 0 to 9 and _',
    })
  })

  it('tells conflicts and what is missing by their URIs', async () => {
    const operator = await house.operator()
    assert.equal(
      (await operator.refusal(procedureUris.ecosystemCreate, { id: 'home' })).uri,
      'latchkey.error.conflict',
    )
    assert.equal(
      (await operator.refusal(procedureUris.personDisable, { person: 'nobody' })).uri,
      'latchkey.error.not_found',
    )
  })

  it('records each change with who did it, to what, and how it came out', async () => {
    const owner = await house.person('owner')
    const { id } = await owner.call(procedureUris.grantCreate, {
      to: 'stranger',
      ecosystem: 'home',
      level: 3,
    })
    const [record] = await house.records()
    assert.deepEqual(
      { ...record, seq: 0, at: 0 },
      {
        seq: 0,
        at: 0,
        realm: 'realm1',
        actor: 'person:owner',
        session: owner.session,
        action: 'grant.create',
        target: id,
        outcome: 'change',
        reason: 'done',
        decisionId: null,
        details: { to: 'stranger', ecosystem: 'home', level: 3 },
      },
    )
  })

  it('records each refusal', async () => {
    const guest = await house.person('guest')
    await guest.refusal(procedureUris.grantCreate, { to: 'guest', ecosystem: 'home', level: 1 })
    await guest.refusal(procedureUris.statusGet)
    const [status, grant] = await house.records()
    assert.deepEqual(
      [
        grant?.['actor'],
        grant?.['action'],
        grant?.['target'],
        grant?.['outcome'],
        grant?.['reason'],
      ],
      [
        'person:guest',
        'grant.create',
        'home',
        'deny',
        'right: as much of it oneself, at level 1 or to give on',
      ],
    )
    assert.deepEqual(
      [status?.['action'], status?.['outcome'], status?.['reason']],
      ['status.get', 'deny', 'right: operator'],
    )
  })

  it('records a change that failed', async () => {
    const operator = await house.operator()
    await operator.refusal(procedureUris.ecosystemCreate, { id: 'home' })
    const [record] = await house.records()
    assert.deepEqual(
      [record?.['outcome'], record?.['reason'], record?.['target']],
      ['failure', 'latchkey.error.conflict', 'home'],
    )
  })

  it('records no question that is answered', async () => {
    const operator = await house.operator()
    await operator.call(procedureUris.personList)
    assert.deepEqual(await house.records(), [])
  })

  it('never records a code or a token', async () => {
    const newcomer = await house.as('provisioning')
    const code = 'lk_somethingsecret'
    await newcomer.refusal(procedureUris.deviceEnrol, { code, public_key: 'a'.repeat(64) })
    await (
      await house.person('guest')
    ).refusal(procedureUris.sessionRefresh, { token: 'eyAbc.eyDef.Ghi' })
    const text = JSON.stringify(await house.records())
    assert.ok(!text.includes('somethingsecret') && !text.includes('eyAbc'), text)
  })
})

describe('a change that the store does not take', () => {
  it('is refused as unavailable, and nothing has changed', async () => {
    class FullDisk extends MemoryStore {
      full = false
      override commit(...input: Parameters<MemoryStore['commit']>): Promise<void> {
        return this.full
          ? Promise.reject(new StoreUnavailable('the disk is full'))
          : super.commit(...input)
      }
    }
    const store = new FullDisk()
    const house = await startHouse({ store })
    try {
      const owner = await house.person('owner')
      store.full = true
      const { uri } = await owner.refusal(procedureUris.grantCreate, {
        to: 'stranger',
        ecosystem: 'home',
        level: 3,
      })
      assert.equal(uri, 'wamp.error.unavailable')
      const { grants } = await owner.call(procedureUris.grantList, { to: 'stranger' })
      assert.deepEqual(grants, [])
    } finally {
      store.full = false
      await house.stop()
    }
  })
})

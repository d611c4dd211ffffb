import assert from 'node:assert/strict'
import { TokensFull, type TokenRow, type TokenRows } from '../../ecosystems/store/tokens.ts'

const at = 1_700_000_000_000

function row(hash: string, more: Partial<TokenRow> = {}): TokenRow {
  return {
    kind: 'AccessToken',
    hash,
    payload: { scope: 'a b', nested: { list: [1, 'two', null] } },
    grantId: null,
    owner: null,
    createdAt: at,
    expiresAt: at + 1_000,
    consumedAt: null,
    ...more,
  }
}

/** What all that keeps an authorization server's rows does. `make` opens one that is empty. */
export function tokenRowsContract(name: string, make: () => Promise<TokenRows>): void {
  describe(`${name} as a store of tokens`, () => {
    let rows: TokenRows

    beforeEach(async () => {
      rows = await make()
    })

    it('gives back what was put, by kind and hash', async () => {
      const put = row('h1', { grantId: 'g', owner: 'chris' })
      await rows.put(put, 10)
      assert.deepEqual(await rows.get('AccessToken', 'h1', at), put)
      assert.equal(await rows.get('AccessToken', 'h2', at), undefined)
      assert.equal(await rows.get('Ticket', 'h1', at), undefined)
    })

    it('replaces the row with the same key', async () => {
      await rows.put(row('h1'), 1)
      await rows.put(row('h1', { payload: { other: true } }), 1)
      assert.deepEqual((await rows.get('AccessToken', 'h1', at))?.payload, { other: true })
    })

    it('refuses a row too many of one kind, and not of another', async () => {
      await rows.put(row('h1'), 1)
      await assert.rejects(rows.put(row('h2'), 1), TokensFull)
      await rows.put(row('h2', { kind: 'Ticket' }), 1)
      assert.equal(await rows.get('AccessToken', 'h2', at), undefined)
    })

    it('has nothing that has expired, from that very millisecond on', async () => {
      await rows.put(row('h1'), 10)
      assert.ok(await rows.get('AccessToken', 'h1', at + 999))
      assert.equal(await rows.get('AccessToken', 'h1', at + 1_000), undefined)
      assert.deepEqual(await rows.list('AccessToken', at + 1_000), [])
      assert.equal(await rows.consume('AccessToken', 'h1', at + 1_000), false)
    })

    it('keeps what has no end', async () => {
      await rows.put(row('h1', { expiresAt: null }), 10)
      assert.ok(await rows.get('AccessToken', 'h1', at * 2))
      assert.equal(await rows.expire(at * 2), 0)
    })

    it('lets one of many use a row up', async () => {
      await rows.put(row('h1'), 10)
      const outcomes = await Promise.all(
        Array.from({ length: 50 }, () => rows.consume('AccessToken', 'h1', at + 5)),
      )
      assert.equal(outcomes.filter(Boolean).length, 1)
      assert.equal((await rows.get('AccessToken', 'h1', at + 6))?.consumedAt, at + 5)
    })

    it('uses up nothing that is not there', async () => {
      assert.equal(await rows.consume('AccessToken', 'h1', at), false)
    })

    it('lists the rows of a kind, oldest first, and those of one owner', async () => {
      await rows.put(row('h3', { createdAt: at + 2, owner: 'chris' }), 10)
      await rows.put(row('h1', { createdAt: at, owner: 'chris' }), 10)
      await rows.put(row('h2', { createdAt: at + 1, owner: 'anna' }), 10)
      await rows.put(row('h4', { kind: 'Ticket', owner: 'chris' }), 10)
      const hashes = async (owner?: string): Promise<string[]> =>
        (await rows.list('AccessToken', at, owner)).map(({ hash }) => hash)
      assert.deepEqual(await hashes(), ['h1', 'h2', 'h3'])
      assert.deepEqual(await hashes('chris'), ['h1', 'h3'])
      assert.deepEqual(await hashes('nobody'), [])
    })

    it('removes one row, once', async () => {
      await rows.put(row('h1'), 10)
      assert.equal(await rows.destroy('AccessToken', 'h1'), true)
      assert.equal(await rows.destroy('AccessToken', 'h1'), false)
      assert.equal(await rows.get('AccessToken', 'h1', at), undefined)
    })

    it('removes everything of a grant, of whatever kind, and says what it was', async () => {
      await rows.put(row('h1', { grantId: 'g' }), 10)
      await rows.put(row('h2', { grantId: 'g', kind: 'RefreshToken' }), 10)
      await rows.put(row('h3', { grantId: 'other' }), 10)
      const gone = (await rows.revoke('g')).toSorted((a, b) => (a.hash < b.hash ? -1 : 1))
      assert.deepEqual(
        gone.map(({ kind, hash }) => [kind, hash]),
        [
          ['AccessToken', 'h1'],
          ['RefreshToken', 'h2'],
        ],
      )
      assert.ok(await rows.get('AccessToken', 'h3', at))
    })

    it('removes what has expired, which makes room', async () => {
      await rows.put(row('h1'), 1)
      assert.equal(await rows.expire(at + 1_000), 1)
      await rows.put(row('h2', { expiresAt: at + 9_000 }), 1)
    })

    it('keeps rows apart from what is done to them outside', async () => {
      const payload: Record<string, unknown> = { list: [1] }
      await rows.put(row('h1', { payload }), 10)
      payload['list'] = 'changed'
      const found = await rows.get('AccessToken', 'h1', at)
      assert.deepEqual(found?.payload, { list: [1] })
    })
  })
}

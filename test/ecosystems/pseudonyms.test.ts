import assert from 'node:assert/strict'
import { chmod, mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Pseudonyms } from '../../ecosystems/pseudonyms.ts'

describe('pseudonyms', () => {
  const secret = Buffer.alloc(32, 7)

  it('are the same at each time, others in each ecosystem and for each person, and names on the wire', () => {
    const pseudonyms = new Pseudonyms(secret)
    const names = ['home guest', 'home owner', 'car guest'].map((each) => {
      const [ecosystem = '', person = ''] = each.split(' ')
      const name = pseudonyms.of(ecosystem, person)
      assert.equal(pseudonyms.of(ecosystem, person), name)
      assert.equal(new Pseudonyms(secret).of(ecosystem, person), name)
      assert.match(name, /^ps_[0-9a-f]{32}$/)
      return name
    })
    assert.equal(new Set(names).size, 3)
  })

  it('cannot be told without the secret, which is long enough', () => {
    const own = new Pseudonyms(secret).of('home', 'guest')
    assert.notEqual(Pseudonyms.ephemeral().of('home', 'guest'), own)
    assert.throws(() => new Pseudonyms(Buffer.alloc(31)), /32 bytes/)
  })

  it('are kept as long as there is room, and made anew after that', () => {
    const pseudonyms = new Pseudonyms(secret)
    const first = pseudonyms.of('home', 'p0')
    for (let i = 0; i < 10_001; i++) pseudonyms.of('home', `p${i}`)
    assert.equal(pseudonyms.of('home', 'p0'), first)
  })

  it('rest on a file of its owner’s alone, and outlive the process by it', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'lk-pseudonyms-'))
    try {
      const file = join(dir, 'pseudonym-key.pem')
      const name = (await Pseudonyms.open(file)).of('home', 'guest')
      assert.equal((await stat(file)).mode & 0o777, 0o600)
      assert.equal((await Pseudonyms.open(file)).of('home', 'guest'), name)
      await chmod(file, 0o644)
      await assert.rejects(Pseudonyms.open(file), /mode is 644/)
    } finally {
      await rm(dir, { recursive: true })
    }
  })
})

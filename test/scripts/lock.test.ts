import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

interface LockModule {
  readonly alone: <T>(
    file: string,
    work: () => Promise<T> | T,
    options?: { waitMs?: number; say?: (line: string) => void },
  ) => Promise<T>
}

const script = new URL('../../scripts/lock.mjs', import.meta.url).href

describe('the lock of the commands', () => {
  let folder: string
  let file: string
  let alone: LockModule['alone']

  before(async () => {
    ;({ alone } = (await import(script)) as LockModule)
  })

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'latchkey-lock-'))
    file = join(folder, 'cache/lock')
  })

  afterEach(async () => {
    await rm(folder, { recursive: true })
  })

  it('lets one work at a time and tells the other whom it waits for', async () => {
    const order: string[] = []
    const said: string[] = []
    const first = alone(file, async () => {
      order.push('first begins')
      // Until the second has found the lock taken.
      while (said.length === 0) await new Promise((resolve) => setImmediate(resolve))
      order.push('first ends')
    })
    const second = alone(file, () => order.push('second'), { say: (line) => said.push(line) })
    await Promise.all([first, second])
    assert.deepEqual(order, ['first begins', 'first ends', 'second'])
    assert.match(said.join('\n'), new RegExp(`^Waiting for process ${process.pid},`))
    assert.equal(existsSync(file), false)
  })

  it('is given back when the work fails', async () => {
    const failing = alone(file, () => {
      throw new Error('no disk')
    })
    await assert.rejects(failing, /no disk/)
    assert.equal(await alone(file, () => 'done'), 'done')
  })

  it('is given back by a command that ends within', async () => {
    const source = `import { alone } from ${JSON.stringify(script)}
      await alone(${JSON.stringify(file)}, () => process.exit(3))`
    const child = spawn(process.execPath, ['--input-type=module', '-e', source])
    assert.deepEqual(await once(child, 'exit'), [3, null])
    assert.equal(existsSync(file), false)
  })

  it('is taken over from a process that is gone', async () => {
    const source = `import { alone } from ${JSON.stringify(script)}
      await alone(${JSON.stringify(file)}, () => process.kill(process.pid, 'SIGKILL'))`
    const child = spawn(process.execPath, ['--input-type=module', '-e', source])
    assert.deepEqual(await once(child, 'exit'), [null, 'SIGKILL'])
    assert.equal(existsSync(file), true)
    assert.equal(await alone(file, () => 'done'), 'done')
  })

  it('is not waited for without end', async () => {
    await alone(file, () => undefined)
    await writeFile(file, String(process.pid))
    const waiting = alone(file, () => undefined, { waitMs: 1, say: () => undefined })
    await assert.rejects(waiting, new RegExp(`process ${process.pid} has held .* for too long`))
  })
})

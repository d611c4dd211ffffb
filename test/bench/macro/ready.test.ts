import assert from 'node:assert/strict'
import { start, stop } from '../../../bench/macro/child.ts'
import { ready } from '../../../bench/macro/ready.ts'

describe('The word of a peer that it is ready', () => {
  async function pidOf(script: string): Promise<number> {
    const child = start('bash', ['-c', script], { isGroup: true })
    try {
      return await ready(child)
    } finally {
      await stop(child)
    }
  }

  it('names its process, at once or piece by piece', async () => {
    assert.equal(await pidOf('echo READY 12; sleep 60'), 12)
    assert.equal(await pidOf('printf REA; sleep 0.1; printf "DY 34\\r\\nmore"; sleep 60'), 34)
  })

  it('is waited for in the first line alone, which is quoted where it is another', async () => {
    for (const line of ['ready 12', 'READY', 'READY x', 'READY 0', 'READY 12 or so', ''])
      await assert.rejects(
        pidOf(`echo '${line}'; echo READY 12; sleep 60`),
        new Error(`it printed "${line}" first, not READY and its pid`),
      )
  })

  it('is not waited for in a line without an end', async () => {
    const endless = `printf 'x%.0s' {1..5000}; sleep 60`
    await assert.rejects(
      pidOf(endless),
      new Error(`it printed "${'x'.repeat(1_024)}" first, not READY and its pid`),
    )
  })

  it('does not come from who ends, which says how, and what was begun', async () => {
    await assert.rejects(pidOf('exit 3'), new Error('it ended with exit code 3'))
    await assert.rejects(pidOf('kill -KILL $$'), new Error('it ended by SIGKILL'))
    await assert.rejects(
      pidOf('printf "READY 1"'),
      new Error('it ended with exit code 0 after it had printed "READY 1"'),
    )
  })

  it('lets who gave it write on, though nobody looks', async () => {
    const child = start('bash', ['-c', `echo READY 12; head -c 4000000 /dev/zero; exit 7`])
    const ended = new Promise((resolve) => child.once('exit', resolve))
    assert.equal(await ready(child), 12)
    assert.equal(await ended, 7)
  })
})

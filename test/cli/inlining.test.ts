import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { inlineMore } from '../../cli/inlining.ts'

describe('inlineMore', () => {
  it('sets a flag that this V8 has: it says so of one that it has not, and goes on', () => {
    const run = (script: string): string =>
      spawnSync(process.execPath, ['-e', script], { encoding: 'utf8' }).stderr
    const setting = (flag: string): string => `require('v8').setFlagsFromString('${flag}')`
    const [flag = ''] = /--[\w-]+=\d+/.exec(String(inlineMore)) ?? []
    assert.equal(run(setting(flag)), '')
    assert.match(run(setting('--no-such-flag=1')), /no-such-flag/)
  })
})

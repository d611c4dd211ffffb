import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** What a logger in a process of its own writes for one line of code. */
function written(code: string): string {
  const logging = new URL('../logging.ts', import.meta.url).href
  const { stderr } = spawnSync(
    process.execPath,
    ['--import', 'tsx', '--input-type=module', '-e', `import * as l from '${logging}'; ${code}`],
    { encoding: 'utf8', cwd: fileURLToPath(new URL('..', import.meta.url)) },
  )
  return stderr
}

describe('the log', () => {
  it('holds no token, ticket or provisioning code, down to two levels', () => {
    const line = written(
      `l.engineLog(l.createLogger('info'))('info', 'x', { token: 's3', a: { ticket: 's3', b: { password: 's3' } }, provisioningCode: 's3' })`,
    )
    assert.match(line, /"msg":"x"/)
    assert.doesNotMatch(line, /s3/)
  })

  it('keeps the code of an error and of an alarm, by which its owner knows it', () => {
    const line = written(
      `l.engineLog(l.createLogger('info'))('error', 'x', { alarm: 'audit_lost', error: Object.assign(new Error('full'), { code: 'SQLITE_FULL' }) })`,
    )
    assert.match(line, /SQLITE_FULL/)
    assert.match(line, /audit_lost/)
  })
})

import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startLatchkey, type LatchkeyProcess } from '../support/latchkey-process.ts'

/** An open realm, as `bench/open.yaml` has it. Publishers under `told` are disclosed without asking for it. */
const config = `
listen:
  websocket: { host: 127.0.0.1, port: 0, path: /ws }
  rawsocket: { host: 127.0.0.1, port: 0 }
store: memory
realms:
  - uri: realm1
    authmethods: [anonymous]
    rules:
      - role: anonymous
        uri: ''
        match: prefix
        allow: { call: true, register: true, subscribe: true, publish: true }
      - role: anonymous
        uri: told.
        match: prefix
        allow: { subscribe: true, publish: true }
        disclose: true
`

/** A process with that realm, whose configuration goes when it stops. */
export async function startOpenLatchkey(): Promise<LatchkeyProcess> {
  const dir = await mkdtemp(join(tmpdir(), 'latchkey-open-'))
  const file = join(dir, 'open.yaml')
  await writeFile(file, config)
  const latchkey = await startLatchkey(file)
  return {
    ...latchkey,
    async stop() {
      await latchkey.stop()
      await rm(dir, { recursive: true })
    },
  }
}

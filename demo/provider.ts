import { parseArgs } from 'node:util'
import { DemoError } from './provider-files.ts'
import { startProvider } from './provider-server.ts'

/**
 * The demo's OpenID provider as a process of its own:
 * `--dir DIR [--port PORT] [--page-port PORT] [--host HOST]`. Says `{"ready":true,"issuer":…}` in one line on stdout,
 * and to the parent that forked it; ends with exit code 0 on SIGTERM, SIGINT and when that parent is gone. A start
 * that fails says why on stderr and to the parent (`{"ready":false,"error":…}`) and exits 2.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      dir: { type: 'string' },
      port: { type: 'string', default: '0' },
      'page-port': { type: 'string', default: '8080' },
      host: { type: 'string', default: 'localhost' },
    },
  })
  if (values.dir === undefined) throw new DemoError('--dir is missing: the folder of the provider')
  const provider = await startProvider({
    dir: values.dir,
    port: portOf('--port', values.port, 0),
    pagePort: portOf('--page-port', values['page-port'], 1),
    host: values.host,
  })
  let stopping = false
  const stop = (): void => {
    if (stopping) return
    stopping = true
    provider.stop().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(error)
        process.exit(1)
      },
    )
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  process.on('disconnect', stop)
  const ready = { ready: true, issuer: provider.issuer }
  process.stdout.write(`${JSON.stringify(ready)}\n`)
  process.send?.(ready)
  // The parent may have gone while this one was starting.
  if (process.send !== undefined && !process.connected) stop()
}

function portOf(key: string, text: string, least: number): number {
  const port = Number(text)
  if (/^\d{1,5}$/.test(text) && port >= least && port <= 65535) return port
  throw new DemoError(`${key} was "${text}": allowed is a port from ${least} to 65535`)
}

main().catch((error: unknown) => {
  const message = error instanceof DemoError ? error.message : String(error)
  console.error(error instanceof DemoError ? message : error)
  process.exitCode = 2
  // To disconnect is what a parent's death looks like: the process would end by a signal, not with 2.
  process.send?.({ ready: false, error: message }, () => process.exit(2))
})

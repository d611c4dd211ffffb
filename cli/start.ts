import type { Command } from 'commander'
import { loadConfig, loadDataFolder } from '../config.ts'
import { Failure } from './failure.ts'
import { common, wholeNumber, type CommonOptions } from './options.ts'
import { jsonLine, untilStopped, type Terminal } from './terminal.ts'

interface StartOptions extends CommonOptions {
  readonly config?: string
  readonly port?: number
  readonly rawsocketPort?: number
}

/** `latchkey start` */
export function addStart(program: Command, terminal: Terminal): void {
  const command = program
    .command('start')
    .description('Run the router until SIGTERM or SIGINT, then end all sessions.')
    .option('--config <file>', "configuration; absent: the data folder's")
    .option(
      '--port <number>',
      "WebSocket's port, instead of the configured one",
      wholeNumber('--port', 0, 65_535),
    )
    .option(
      '--rawsocket-port <number>',
      "RawSocket's TCP port, instead of the configured one",
      wholeNumber('--rawsocket-port', 0, 65_535),
    )
  common(command).action(() =>
    untilStopped(terminal, (stopped) => start(command.opts<StartOptions>(), terminal, stopped)),
  )
}

async function start(
  { dir, port, rawsocketPort, config: file, json }: StartOptions,
  terminal: Terminal,
  stopped: Promise<void>,
): Promise<void> {
  const config = await (file === undefined ? loadDataFolder(dir) : loadConfig(file))
  // Only this command needs the whole router in memory.
  const { startServer } = await import('../server.ts')
  const { ListenError } = await import('../listeners.ts')
  const server = await startServer(config, {
    dir,
    ...(port !== undefined && { port }),
    ...(rawsocketPort !== undefined && { rawsocketPort }),
  }).catch((error: unknown) => {
    if (!(error instanceof ListenError)) throw error
    throw new Failure('wamp.error.unavailable', error.message, { cause: error })
  })
  if (json === true) terminal.out(jsonLine({ addresses: server.addresses }))
  else for (const address of server.addresses) terminal.out(`listening on ${address}`)
  await stopped
  await server.close()
}

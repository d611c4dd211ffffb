import type { Command } from 'commander'
import { Failure } from './failure.ts'
import { common, wholeNumber, type CommonOptions } from './options.ts'
import { jsonLine, untilStopped, type Terminal } from './terminal.ts'

interface DemoOptions extends CommonOptions {
  readonly port?: number
}

/** `latchkey demo` and `latchkey demo token PERSON`. The house and its OpenID provider are loaded only here. */
export function addDemo(program: Command, terminal: Terminal): void {
  const demo = program
    .command('demo')
    .description('Run a whole house on this machine: provider, router and four devices.')
    .option('--port <number>', 'port of page and WebSocket', wholeNumber('--port', 0, 65_535))
  common(demo).action(() =>
    untilStopped(terminal, (stopped) => runHouse(demo.opts<DemoOptions>(), terminal, stopped)),
  )

  const token = demo
    .command('token <person>')
    .description('Print an ID token of one hour, issued by the running demo to one of its people.')
  common(token).action(async (person: string) => {
    const { dir, json } = token.opts<CommonOptions>()
    const { issueToken } = await import('../demo/token.ts')
    const issued = await issueToken(dir, person)
    terminal.out(json === true ? jsonLine({ token: issued }) : issued)
  })
}

async function runHouse(
  { dir, port, json }: DemoOptions,
  terminal: Terminal,
  stopped: Promise<void>,
): Promise<void> {
  const { DemoStopped, runDemo } = await import('../demo/house.ts')
  const { PortTaken } = await import('../demo/port.ts')
  const house = await runDemo({
    dir,
    ...(port !== undefined && { port }),
    log: (line) => terminal.err(line),
    out: (text) => (json === true ? undefined : terminal.out(text)),
    stopped,
  }).catch((error: unknown) => {
    if (error instanceof DemoStopped) return undefined
    if (!(error instanceof PortTaken)) throw error
    throw new Failure('wamp.error.unavailable', error.message, { cause: error })
  })
  if (house === undefined) return
  if (json === true) terminal.out(jsonLine({ page: house.url, websocket: house.webSocket }))
  await stopped
  await house.stop()
}

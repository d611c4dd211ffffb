import type { Command } from 'commander'
import { common, wholeNumber, type CommonOptions } from './options.ts'
import { jsonLine, type Terminal } from './terminal.ts'

interface DemoOptions extends CommonOptions {
  readonly port?: number
}

/** `latchkey demo` and `latchkey demo token PERSON`. The house and its OpenID provider are loaded only here. */
export function addDemo(program: Command, terminal: Terminal): void {
  const demo = program
    .command('demo')
    .description('Run a whole house on this machine: provider, router and four devices.')
    .option('--port <number>', 'port of page and WebSocket', wholeNumber('--port', 0, 65_535))
  common(demo).action(async () => {
    const { dir, port } = demo.opts<DemoOptions>()
    const { runDemo } = await import('../demo/house.ts')
    await runDemo({ dir, ...(port !== undefined && { port }) })
  })

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

import { once } from 'node:events'
import type { Command } from 'commander'
import type { Delivery } from '../clients/payload.ts'
import { withSession, type IdentityOptions } from './connection.ts'
import { explained } from './denial.ts'
import { Failure } from './failure.ts'
import { common, inRealm, wholeNumber, withIdentity, type CommonOptions } from './options.ts'
import { jsonLine, untilStopped, type Terminal } from './terminal.ts'

interface SubscribeOptions extends CommonOptions, IdentityOptions {
  readonly count?: number
}

/** `latchkey subscribe URI` */
export function addSubscribe(program: Command, terminal: Terminal): void {
  const command = program
    .command('subscribe <uri>')
    .description('Print one line for each event of a topic, until interrupted.')
    .option('--count <number>', 'end after so many events', wholeNumber('--count', 1, 1e9))
  withIdentity(inRealm(common(command))).action(async (uri: string) => {
    const options = command.opts<SubscribeOptions>()
    await untilStopped(terminal, (stopped) =>
      explained(options, 'subscribe', uri, () => listen(uri, options, terminal, stopped)),
    )
  })
}

/** Resolves when enough has been heard or the process is to stop. */
async function listen(
  uri: string,
  options: SubscribeOptions,
  terminal: Terminal,
  stopped: Promise<void>,
): Promise<void> {
  await withSession(options, async (session) => {
    let left = options.count ?? Infinity
    const enough = new AbortController()
    await session.subscribe(uri, (event) => {
      if (left-- <= 0) return
      terminal.out(line(event, options.json === true, uri))
      if (left <= 0) enough.abort()
    })
    const heard = enough.signal.aborted || once(enough.signal, 'abort')
    const lost = session.ended.then((reason) => new Failure(networkFailure, endedBy(reason)))
    const end = await Promise.race([heard, stopped, lost])
    if (end instanceof Failure) throw end
  })
}

const networkFailure = 'wamp.error.network_failure'

function endedBy(reason: string): string {
  return `the router ended the session: ${reason}`
}

function line({ args, kwargs, details }: Delivery, json: boolean, uri: string): string {
  if (json) return jsonLine({ topic: details['topic'] ?? uri, args, kwargs })
  const named = Object.keys(kwargs).length > 0 ? [kwargs] : []
  return [...args, ...named].map(jsonLine).join(' ')
}

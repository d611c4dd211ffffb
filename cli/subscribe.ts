import { once } from 'node:events'
import type { Command } from 'commander'
import type { Delivery } from '../clients/payload.ts'
import { withSession, type IdentityOptions } from './connection.ts'
import { explained } from './denial.ts'
import { Failure } from './failure.ts'
import { common, inRealm, wholeNumber, withIdentity, type CommonOptions } from './options.ts'
import { jsonLine, type Terminal } from './terminal.ts'

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
    await explained(options, 'subscribe', uri, () => listen(uri, options, terminal))
  })
}

/** Resolves when enough has been heard or the process is to stop. */
function listen(uri: string, options: SubscribeOptions, terminal: Terminal): Promise<void> {
  return withSession(options, async (session) => {
    let left = options.count ?? Infinity
    const finished = new AbortController()
    const finish = (): void => finished.abort()
    const release = terminal.onStop(finish)
    const lost = session.ended.then((reason) => {
      throw new Failure('wamp.error.network_failure', `the router ended the session: ${reason}`)
    })
    // Only the race below listens, and after it nobody does.
    lost.catch(() => undefined)
    try {
      await session.subscribe(uri, (event) => {
        if (left <= 0) return
        terminal.out(line(event, options.json === true, uri))
        if (--left <= 0) finish()
      })
      if (!finished.signal.aborted) await Promise.race([once(finished.signal, 'abort'), lost])
    } finally {
      release()
    }
  })
}

function line({ args, kwargs, details }: Delivery, json: boolean, uri: string): string {
  if (json) return jsonLine({ topic: details['topic'] ?? uri, args, kwargs })
  const named = Object.keys(kwargs).length > 0 ? [kwargs] : []
  return [...args, ...named].map(jsonLine).join(' ')
}

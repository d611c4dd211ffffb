import type { Command } from 'commander'
import { withSession, type IdentityOptions } from './connection.ts'
import { explained } from './denial.ts'
import { common, dictOf, inRealm, jsonOrText, withIdentity, type CommonOptions } from './options.ts'
import { payloadValue } from './result.ts'
import { jsonLine, type Terminal } from './terminal.ts'

interface CallOptions extends CommonOptions, IdentityOptions {
  readonly kwargs?: string
}

/** `latchkey call URI [JSON…]` */
export function addCall(program: Command, terminal: Terminal): void {
  const command = program
    .command('call <uri> [json...]')
    .description('Call a procedure and print its result as JSON: the value, or {args, kwargs}.')
    .option('--kwargs <json>', 'keyword arguments, as a JSON dictionary')
  withIdentity(inRealm(common(command))).action(async (uri: string, json: string[]) => {
    const options = command.opts<CallOptions>()
    const named = dictOf(options.kwargs)
    const { args, kwargs } = await explained(options, 'call', uri, () =>
      withSession(options, (session) => session.call(uri, json.map(jsonOrText), named)),
    )
    terminal.out(jsonLine(payloadValue(args, kwargs)))
  })
}

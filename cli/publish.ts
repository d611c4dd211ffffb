import type { Command } from 'commander'
import { withSession, type IdentityOptions } from './connection.ts'
import { explained } from './denial.ts'
import { common, dictOf, inRealm, jsonOrText, withIdentity, type CommonOptions } from './options.ts'
import { jsonLine, visible, type Terminal } from './terminal.ts'

interface PublishOptions extends CommonOptions, IdentityOptions {
  readonly kwargs?: string
}

/** `latchkey publish URI [JSON…]` */
export function addPublish(program: Command, terminal: Terminal): void {
  const command = program
    .command('publish <uri> [json...]')
    .description('Publish an event, and wait until the router has taken it.')
    .option('--kwargs <json>', 'keyword arguments, as a JSON dictionary')
  withIdentity(inRealm(common(command))).action(async (uri: string, json: string[]) => {
    const options = command.opts<PublishOptions>()
    const named = dictOf(options.kwargs)
    await explained(options, 'publish', uri, () =>
      withSession(options, (session) => session.publish(uri, json.map(jsonOrText), named)),
    )
    terminal.out(options.json === true ? jsonLine({ topic: uri }) : visible(`published ${uri}`))
  })
}

import type { Command } from 'commander'
import type { Dict } from '../clients/errors.ts'
import type { Procedure } from '../realms/procedure.ts'
import { catalogue } from '../realms/services/catalogue.ts'
import { withSession } from './connection.ts'
import { AnswerIsNo } from './failure.ts'
import { addFlags, inputOf } from './flags.ts'
import { common, inRealm, type CommonOptions } from './options.ts'
import { printResult } from './result.ts'
import type { Terminal } from './terminal.ts'

const nouns: Readonly<Record<string, string>> = {
  ecosystem: 'houses, cars and what else devices and people are let into',
  group: 'people and devices that are given something together',
  policy: 'what a level may or may not do, whatever the devices ask for',
  invite: 'codes that let one person in',
  client: 'programs that ask the authorization server for tokens',
  idp: 'OpenID providers whose tokens are trusted',
  identity: 'the accounts by which people come',
  local: 'keys and PINs for when no provider can be reached',
  panic: 'what an account in wrong hands has given',
  device: 'devices',
  shadow: 'what a device is wished to be like, and what it last said it is',
  delegation: 'devices that act for people',
  presence: 'who is there',
  approval: 'what waits for the word of an owner',
  emergency: 'plans for when an owner cannot be reached',
  unlock: 'what is asked for by such a plan',
  share: 'what is shared with whom, and what for',
  capability: 'what may be done with a device, and from which level on',
  class: 'classes of devices',
  discovery: 'what may be used',
  provisioning: 'letting new devices in',
  token: 'single-use codes with which devices enrol',
  grant: 'who is trusted how far',
  person: 'people',
  session: 'who is here now',
  authenticator: 'watches, phones, keys and passkeys by which people confirm',
  consent: 'what people have consented to',
  authz: 'why and how it is decided, and who is asked besides',
  audit: 'the record of changes and refusals',
  status: 'how the router is',
}

/** One command for each procedure of the catalogue: `latchkey.grant.create` is `latchkey grant create`. */
export function addManagement(program: Command, terminal: Terminal): void {
  for (const procedure of catalogue)
    if (procedure.cli?.hidden !== true) addCommand(program, procedure, terminal)
}

function addCommand(program: Command, procedure: Procedure, terminal: Terminal): void {
  const words = procedure.uri.split('.').slice(1)
  const verb = words.pop() ?? ''
  let parent = program
  for (const noun of words)
    parent =
      parent.commands.find((candidate) => candidate.name() === noun) ??
      parent.command(noun).description(nouns[noun] ?? noun)
  const command = parent.command(verb).description(procedure.summary)
  addFlags(command, procedure)
  inRealm(common(command)).action(async () => {
    const options = command.opts<CommonOptions>()
    const input = inputOf(procedure, command.args, command.opts())
    const { args } = await withSession(options, (session) => session.call(procedure.uri, [], input))
    const [result] = args
    printResult(result, options.json === true, terminal, procedure.cli)
    const { verdict } = procedure.cli ?? {}
    if (verdict !== undefined && (result as Dict)[verdict] === false) throw new AnswerIsNo()
  })
}

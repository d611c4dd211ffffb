import { access } from 'node:fs/promises'
import type { Command } from 'commander'
import { openAuthenticatorKey } from '../clients/authenticator-key.ts'
import { Authenticator } from '../clients/authenticator.ts'
import type { Session } from '../clients/session.ts'
import { stepUp, type ConfirmedCall } from '../clients/step-up.ts'
import { withSession, type IdentityOptions } from './connection.ts'
import { explained } from './denial.ts'
import { usage } from './failure.ts'
import { common, dictOf, inRealm, jsonOrText, withIdentity, type CommonOptions } from './options.ts'
import { payloadValue } from './result.ts'
import { jsonLine, visible, type Terminal } from './terminal.ts'

interface StepUpOptions extends CommonOptions, IdentityOptions {
  readonly kwargs?: string
  readonly with?: string
  readonly key?: string
}

/** `latchkey step-up URI [JSON…]` */
export function addStepUp(program: Command, terminal: Terminal): void {
  const command = program
    .command('step-up <uri> [json...]')
    .description('Confirm a call by something that was enrolled for it, and make the call.')
    .option('--kwargs <json>', 'keyword arguments, as a JSON dictionary')
    .option(
      '--with <what>',
      'watch or phone, or the id of one: it is asked, and has to be connected',
    )
    .option('--key <file>', 'sign with the enrolled key in this file, instead of asking')
  withIdentity(inRealm(common(command))).action(async (uri: string, json: string[]) => {
    const options = command.opts<StepUpOptions>()
    if (options.token === undefined && options.tokenFile === undefined)
      throw usage('--token-file: missing: only people confirm, and the operator is none')
    const call: ConfirmedCall = {
      uri,
      args: json.map(jsonOrText),
      kwargs: dictOf(options.kwargs),
      ...(options.with !== undefined && { with: options.with }),
    }
    const { args, kwargs } = await explained(options, 'call', uri, () =>
      withSession(options, async (session) => {
        const { acr } = await confirm(session, call, options)
        if (options.json !== true) terminal.err(visible(`confirmed (${acr})`))
        return session.call(uri, call.args ?? [], call.kwargs ?? {})
      }),
    )
    terminal.out(jsonLine(payloadValue(args, kwargs)))
  })
}

async function confirm(
  session: Session,
  call: ConfirmedCall,
  { key }: StepUpOptions,
): Promise<{ readonly acr: string }> {
  if (key === undefined) return stepUp(session, call, 'push')
  // One that is not there would be made, and be nobody's.
  await access(key).catch(() => {
    throw usage(`--key: ${key} cannot be read`)
  })
  const authenticator = new Authenticator({ key: await openAuthenticatorKey(key) })
  return stepUp(session, call, async (prompt) => ({ proof: await authenticator.confirm(prompt) }))
}

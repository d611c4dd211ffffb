import type { DeviceRow } from '../../ecosystems/store/store.ts'
import { WampError } from '../../router/wire/errors.ts'
import type { ProcedureContext } from '../procedure.ts'
import { ownsEcosystem } from './scope.ts'

/**
 * Which rights of calling a device stand for its shadow. Where the class or the owner names `<prefix>.shadow.get` or
 * `<prefix>.shadow.set`, that is the one. Else who may call its `state` may read, and who may call everything else
 * that it does may wish: a wish must not do what would not be done if it was asked for directly.
 */
function standIns(row: DeviceRow, verb: 'get' | 'set', context: ProcedureContext): string[] {
  const named = context.ecosystems.devices.named(row, 'call')
  const own = `${row.prefix}.shadow.${verb}`
  if (named.has(own)) return [own]
  const state = `${row.prefix}.state`
  if (verb === 'get' && named.has(state)) return [state]
  const isShadow = (uri: string): boolean => uri.startsWith(`${row.prefix}.shadow.`)
  return [...named].filter((uri) => uri !== state && !isShadow(uri))
}

/**
 * What is counted, or proven for one call, is not to be had by a wish.
 * @throws WampError as the call itself would be refused
 */
export async function requireShadow(
  row: DeviceRow,
  verb: 'get' | 'set',
  context: ProcedureContext,
): Promise<void> {
  const { realm, caller } = context
  if (caller.principal.kind === 'operator') return
  const uris = standIns(row, verb, context)
  const isOwner = row.ecosystems.some((ecosystem) => ownsEcosystem(context, ecosystem))
  if (row.status !== 'active' || (uris.length === 0 && !isOwner)) throw refused()
  for (const uri of uris) {
    const decision = await realm.decide(caller, 'call', uri)
    if (decision.allow && decision.consume === undefined) continue
    const { reason, details } = decision
    if (decision.allow || reason !== 'wamp.error.authorization_required') throw refused()
    throw new WampError(
      reason,
      `${uri} can be had`,
      details === undefined ? {} : { kwargs: details },
    )
  }
}

export function refused(): WampError {
  return new WampError('wamp.error.not_authorized', 'not authorized: the shadow of this device')
}

import type { DeviceRow } from '../../ecosystems/store/store.ts'
import type { ProcedureContext } from '../procedure.ts'
import { deviceHere } from './scope.ts'

/** The device that calls, or the child behind it that it names; `undefined`: what is named is neither. */
export function ownOrChild(
  named: string | undefined,
  context: ProcedureContext,
): DeviceRow | undefined {
  const { kind, authid } = context.caller.principal
  if (kind !== 'device') return undefined
  const row = deviceHere(context, named ?? authid)
  return row?.id === authid || (row?.gateway === authid && row.status === 'active')
    ? row
    : undefined
}

import type { DeviceActRow } from '../../ecosystems/store/store.ts'
import type { ProcedureContext } from '../procedure.ts'
import { deviceHere, ownsEcosystem } from './scope.ts'

/** Whether a delegation is the caller's business: his own, that of a device of his, or the device's. */
export function isConcerned(row: DeviceActRow, context: ProcedureContext): boolean {
  const { kind, authid } = context.caller.principal
  if (kind === 'operator') return true
  if (kind === 'person' && row.person === authid) return true
  if (kind === 'device' && row.device === authid) return true
  const device = deviceHere(context, row.device)
  return device?.ecosystems.some((ecosystem) => ownsEcosystem(context, ecosystem)) ?? false
}

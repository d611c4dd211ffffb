import type { ProcedureContext } from '../procedure.ts'

/** Whether a place in which the device that calls is keeps its people's names from its devices. */
export function namesAreKept({
  ecosystems,
  caller,
}: Pick<ProcedureContext, 'ecosystems' | 'caller'>): boolean {
  const row = ecosystems.devices.get(caller.principal.authid)
  return row?.ecosystems.some((id) => ecosystems.directory.get(id)?.pseudonyms === true) ?? true
}

import { z } from 'zod'
import type { DeviceRow } from '../../../ecosystems/store/store.ts'
import { signTrust } from '../../../ecosystems/proofs/trust-bundle.ts'
import { procedure, type Procedure, type ProcedureContext } from '../../procedure.ts'
import { procedureUris } from '../../uris.ts'
import { device } from '../rights.ts'
import { deviceHere, notFound } from '../scope.ts'

export const deviceTrust: Procedure = procedure({
  uri: procedureUris.deviceTrust,
  summary:
    'Get what tells a device which house it belongs to, signed by the key of the house, by which it verifies what the house asserts.',
  input: z.strictObject({}),
  right: device,
  changes: false,
  cli: { hidden: true },
  handle(_input, context) {
    const { caller, proofs, clock } = context
    const row = deviceHere(context, caller.principal.authid)
    if (row === undefined) throw notFound('device', caller.principal.authid)
    const signed = signTrust(
      proofs.keys,
      {
        device: row.id,
        realm: row.realm,
        prefix: row.prefix,
        ecosystems: row.ecosystems,
        owners: ownersOf(row, context),
        policy: policyOf(row, context),
      },
      clock.now(),
    )
    return { ...signed }
  },
})

/** As the device sees them when they call: where names are kept from devices, it is told none here either. */
function ownersOf(row: DeviceRow, { ecosystems, proofs }: ProcedureContext): string[] {
  const names = row.ecosystems.flatMap((ecosystem) => {
    const home = ecosystems.directory.get(ecosystem)
    const people = [row.owner, home?.owner].filter((id) => typeof id === 'string')
    return home?.pseudonyms === true
      ? people.map((id) => proofs.pseudonyms.of(ecosystem, id))
      : people
  })
  return [...new Set(names)]
}

/** Everything that says what may be done with the device, in one order. Who may do it is not among it. */
function policyOf(row: DeviceRow, { ecosystems: { devices } }: ProcedureContext): unknown {
  const rules = devices.capabilitiesOf(row).map(({ uri, action }) => ({
    uri,
    action,
    required: devices.requirements(row, action, uri),
  }))
  rules.sort((a, b) => (`${a.uri} ${a.action}` < `${b.uri} ${b.action}` ? -1 : 1))
  return { class: row.class, max_level: row.maxLevel, rules }
}

import type { ShadowRow } from '../../../ecosystems/store/store.ts'
import type { Dict } from '../../../router/wire/message.ts'

/** A shadow as it goes over the wire. */
export function shadowView(row: ShadowRow): Dict {
  return {
    device: row.device,
    desired: row.desired,
    desired_version: row.desiredVersion,
    delivered_version: row.deliveredVersion,
    reported: row.reported,
    reported_version: row.reportedVersion,
    reported_at: row.reportedVersion === 0 ? null : row.reportedAt,
  }
}

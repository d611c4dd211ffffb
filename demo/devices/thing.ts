import type { Clock } from '../../clock.ts'
import type { Dict } from '../../clients/errors.ts'
import type { Procedure } from '../../clients/payload.ts'

/** What makes a device of the demo what it is. Its state lives as long as its process. */
export interface Thing {
  /** What the device says of itself. */
  readonly attributes: Dict
  /** By what follows the device's prefix; `state` is added to them. */
  readonly procedures: Readonly<Record<string, Procedure>>
  state(): Dict
}

/** A kind of device. `changed` is to be called whenever `state` has become another. */
export type MakeThing = (changed: () => void, clock: Clock) => Thing

import type { Clock } from '../../clock.ts'
import { Pseudonyms } from '../pseudonyms.ts'
import { Assertions } from './assertion.ts'
import { Challenges } from './challenges.ts'
import { HouseKey, type HouseKeys } from './house-key.ts'
import { PresenceProofs } from './presence-proof.ts'
import type { Passkeys } from './webauthn.ts'

/** What a house signs with, and what it checks the signatures of its people against. */
export interface HouseProofs {
  readonly keys: HouseKeys
  readonly assertions: Assertions
  readonly challenges: Challenges
  readonly presence: PresenceProofs
  /** What devices call people where names are kept from them. */
  readonly pseudonyms: Pseudonyms
  /** `undefined`: there is no page at an address that WebAuthn takes. */
  readonly passkeys: Passkeys | undefined
}

/** `keys`: absent where nothing is kept; then they end with the process. */
export function houseProofs({
  clock,
  keys = { current: HouseKey.ephemeral() },
  pseudonyms = Pseudonyms.ephemeral(),
  passkeys,
}: {
  readonly clock: Clock
  readonly keys?: HouseKeys | undefined
  readonly pseudonyms?: Pseudonyms | undefined
  readonly passkeys?: Passkeys | undefined
}): HouseProofs {
  return {
    keys,
    assertions: new Assertions({ key: keys.current, clock }),
    challenges: new Challenges({ clock }),
    presence: new PresenceProofs({ clock }),
    pseudonyms,
    passkeys,
  }
}

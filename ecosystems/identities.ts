import { Epochs, type EpochCounter } from './epochs.ts'
import type { IdentityRow } from './store/store.ts'

/** The federated identities by which people come, and whether they may still. */
export class Identities {
  readonly #find: (issuer: string, subject: string) => IdentityRow | undefined
  readonly #epochs = new Epochs()

  constructor(find: (issuer: string, subject: string) => IdentityRow | undefined) {
    this.#find = find
  }

  get(issuer: string, subject: string): IdentityRow | undefined {
    return this.#find(issuer, subject)
  }

  /** Whether nobody may come by it any more. */
  isDisabled(issuer: string, subject: string): boolean {
    return this.#find(issuer, subject)?.status === 'disabled'
  }

  /** Moves when the identity's standing changes, or its sessions have been ended. */
  epochOf(issuer: string, subject: string): EpochCounter {
    return this.#epochs.of(identityKey(issuer, subject))
  }
}

/** Both are any text, so their lengths keep `a` + `bc` apart from `ab` + `c`. */
export function identityKey(issuer: string, subject: string): string {
  return `${issuer.length} ${issuer}${subject}`
}

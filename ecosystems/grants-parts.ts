import type { Bounds } from './bounds.ts'
import type { Changes } from './changes.ts'
import type { Gift, Giver, Permit } from './gift.ts'
import type { Grantee, Subject } from './grant-terms.ts'
import type { GrantRow } from './store/store.ts'
import type { Uses } from './uses.ts'
import type { Windows } from './windows.ts'

/** What grants need to know of others. */
export interface GrantsParts {
  readonly changes: Changes
  readonly bounds: Bounds
  readonly windows: Windows
  /** Throws for a grantee, an ecosystem or a device that does not exist. */
  readonly require: (row: Omit<GrantRow, 'id'>) => void
  readonly uses: () => Pick<Uses, 'add' | 'forget'>
  readonly mayGive: (giver: Giver, gift: Gift) => Permit
  /** Who holds now what is given to a grantee. */
  readonly partiesOf: (grantee: Grantee) => readonly Subject[]
  /** Told of whoever holds less. */
  readonly withdrawn: (party: Subject) => void
}

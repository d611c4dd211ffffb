import { createHash } from 'node:crypto'
import { identityKey } from './identities.ts'
import { checkText } from './names.ts'
import type { InviteRow } from './store/store.ts'

/** Who alone can redeem an invite. */
export type Invitee =
  | { readonly kind: 'person'; readonly id: string }
  | { readonly kind: 'identity'; readonly issuer: string; readonly subject: string }
  /** Whoever proves this address by a provider that the ecosystem trusts, and that has verified it. */
  | { readonly kind: 'email'; readonly address: string }

/** As a row has it: of an address only the SHA-256 is kept. @throws DomainError invalid_argument */
export function boundOf(to: Invitee): string {
  switch (to.kind) {
    case 'person':
      return to.id
    case 'identity':
      return identityKey(checkText('issuer', to.issuer), checkText('subject', to.subject))
    case 'email':
      return sha256(checkText('email', to.address).trim().toLowerCase())
  }
}

/** What invites are found by at a sign-in. */
export function inviteeKey(kind: InviteRow['boundKind'], bound: string): string {
  return `${kind} ${bound}`
}

/** SHA-256 in lower-case hex. */
export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

import { AssertionVerifier } from '../../clients/assertion.ts'
import { Authenticator, newAuthenticatorKey } from '../../clients/authenticator.ts'
import { verifyReceipt } from '../../clients/receipt.ts'
import { TrustBundle } from '../../clients/trust.ts'

/** What of the clients a page has for proofs: the test bundles it and runs it in a browser. */
export interface BrowserProofs {
  readonly AssertionVerifier: typeof AssertionVerifier
  readonly Authenticator: typeof Authenticator
  readonly TrustBundle: typeof TrustBundle
  readonly newAuthenticatorKey: typeof newAuthenticatorKey
  readonly verifyReceipt: typeof verifyReceipt
}

Object.assign(globalThis, {
  AssertionVerifier,
  Authenticator,
  TrustBundle,
  newAuthenticatorKey,
  verifyReceipt,
} satisfies BrowserProofs)

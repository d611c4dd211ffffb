import type {
  Announcement,
  ApprovalProgress,
  AuthenticatorKind,
  Challenged,
  ClaimState,
  ConsentReceipt,
  Delegation,
  DeviceShadow,
  DeviceTrust,
  Discovery,
  EnrolInput,
  Enrolment,
  EnrolmentChallenge,
  InviteInput,
  Invited,
  PaymentInput,
  PersonalAuthenticator,
  Present,
  procedureUris,
  Redeemed,
  Refreshed,
  StepUpAnswer,
  SteppedUp,
  UnlockNews,
} from '../realms/uris.ts'
import type { Dict } from './errors.ts'
import type { Payload } from './payload.ts'

/** What is to be enrolled; `public_key` of all but a passkey. */
interface Offered {
  readonly kind: AuthenticatorKind
  readonly name: string
  readonly public_key?: string
}

/** What Latchkey's own procedures for devices and apps take and give. */
export interface Catalogue {
  [procedureUris.approvalState]: {
    readonly input: { readonly ticket: string }
    readonly result: ApprovalProgress
  }
  [procedureUris.unlockRequest]: {
    readonly input: { readonly plan?: string; readonly ecosystem?: string }
    readonly result: UnlockNews
  }
  [procedureUris.discoveryList]: { readonly input: Dict; readonly result: Discovery }
  [procedureUris.inviteCreate]: { readonly input: InviteInput; readonly result: Invited }
  [procedureUris.inviteRedeem]: {
    readonly input: { readonly code: string }
    readonly result: Redeemed
  }
  [procedureUris.sessionRefresh]: {
    readonly input: { readonly token: string }
    readonly result: Refreshed
  }
  [procedureUris.stepupBegin]: {
    readonly input: {
      readonly uri: string
      readonly args_sha256?: string
      readonly args?: readonly unknown[]
      readonly kwargs?: Dict
      readonly with?: string
    }
    readonly result: Challenged
  }
  [procedureUris.stepupComplete]: {
    readonly input: { readonly challenge: string } & StepUpAnswer
    readonly result: SteppedUp
  }
  [procedureUris.authenticatorEnrolBegin]: {
    readonly input: Offered
    readonly result: EnrolmentChallenge
  }
  [procedureUris.authenticatorEnrolComplete]: {
    readonly input: Offered & { readonly challenge: string } & StepUpAnswer
    readonly result: PersonalAuthenticator
  }
  [procedureUris.authenticatorList]: {
    readonly input: Dict
    readonly result: { readonly authenticators: readonly PersonalAuthenticator[] }
  }
  [procedureUris.authenticatorRevoke]: {
    readonly input: { readonly id: string }
    readonly result: PersonalAuthenticator
  }
  [procedureUris.deviceClaimCode]: {
    readonly input: { readonly keep?: boolean }
    readonly result: ClaimState
  }
  [procedureUris.deviceClaim]: {
    readonly input: {
      readonly claim_code: string
      readonly ecosystem: string
      readonly class?: string
      readonly level?: number
      readonly prefix?: string
    }
    readonly result: Dict
  }
  [procedureUris.deviceDelegate]: {
    readonly input: {
      readonly device: string
      readonly scopes: string | readonly string[]
      readonly ttl: string
    }
    readonly result: Delegation
  }
  [procedureUris.delegationList]: {
    readonly input: {
      readonly device?: string
      readonly person?: string
      readonly ended?: boolean
    }
    readonly result: { readonly delegations: readonly Delegation[] }
  }
  [procedureUris.delegationRevoke]: {
    readonly input: { readonly id: string }
    readonly result: Delegation
  }
  [procedureUris.shadowGet]: {
    readonly input: { readonly device?: string }
    readonly result: DeviceShadow
  }
  [procedureUris.shadowSet]: {
    readonly input: { readonly device: string; readonly desired: Dict; readonly version?: number }
    readonly result: DeviceShadow
  }
  [procedureUris.shadowReport]: {
    readonly input: {
      readonly reported?: Dict
      readonly version?: number
      readonly device?: string
    }
    readonly result: DeviceShadow
  }
  [procedureUris.presenceEnter]: {
    readonly input: { readonly ecosystem: string }
    readonly result: { readonly ecosystem: string; readonly at: number }
  }
  [procedureUris.presenceVerify]: {
    readonly input: {
      readonly nonce: string
      readonly proof: string
      readonly public_key?: string
      readonly uri?: string
    }
    readonly result: Present
  }
  [procedureUris.consentAuthorize]: {
    readonly input: PaymentInput & { readonly ttl?: string }
    readonly result: ConsentReceipt
  }
  [procedureUris.consentRedeem]: {
    readonly input: { readonly receipt: string } & Partial<PaymentInput>
    readonly result: PaymentInput & {
      readonly id: string
      readonly person: string
      readonly redeemed_at: number
    }
  }
  [procedureUris.deviceEnrol]: { readonly input: EnrolInput; readonly result: Enrolment }
  [procedureUris.deviceTrust]: { readonly input: Dict; readonly result: DeviceTrust }
  [procedureUris.capabilityAnnounce]: {
    readonly input: Announcement
    readonly result: { readonly capabilities: number }
  }
}

interface Caller {
  call(uri: string, args: readonly unknown[], kwargs: Dict): Promise<Payload>
}

/** Calls one of Latchkey's own procedures: input as keyword arguments, result as the first argument. @throws CallError */
export async function ask<Uri extends keyof Catalogue>(
  caller: Caller,
  uri: Uri,
  input: Catalogue[Uri]['input'],
): Promise<Catalogue[Uri]['result']> {
  const { args } = await caller.call(uri, [], { ...input })
  return args[0] as Catalogue[Uri]['result']
}

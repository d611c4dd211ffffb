import type {
  Announcement,
  DeviceTrust,
  Discovery,
  EnrolInput,
  Enrolment,
  procedureUris,
  Refreshed,
} from '../realms/uris.ts'
import type { Dict } from './errors.ts'
import type { Payload } from './payload.ts'

/** What Latchkey's own procedures for devices and apps take and give. */
export interface Catalogue {
  [procedureUris.discoveryList]: { readonly input: Dict; readonly result: Discovery }
  [procedureUris.sessionRefresh]: {
    readonly input: { readonly token: string }
    readonly result: Refreshed
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

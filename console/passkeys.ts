import {
  browserSupportsWebAuthn,
  startAuthentication,
  startRegistration,
  WebAuthnError,
} from '@simplewebauthn/browser'
import type {
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from '@simplewebauthn/browser'
import type { App } from '../clients/app.ts'
import type { StepUpPrompt } from '../clients/step-up.ts'
import { procedureUris } from '../realms/uris.ts'
import type { PersonalAuthenticator, StepUpAnswer } from '../realms/uris.ts'

/** The person has nothing that this browser could be asked for. */
export class NoPasskey extends Error {
  override readonly name = 'NoPasskey'
}

/** Whether the browser and the address of this page are such that passkeys work. */
export function passkeysWork(): boolean {
  return browserSupportsWebAuthn() && isSecureContext
}

/** Whether the person turned the browser's question down, or let it pass. */
export function isTurnedDown(error: unknown): boolean {
  const name = error instanceof WebAuthnError ? error.cause : error
  return name instanceof Error && ['NotAllowedError', 'AbortError'].includes(name.name)
}

/** Has the browser ask for a passkey; what it signs is for this one call. @throws NoPasskey; what the browser throws */
export async function confirmByPasskey({ webauthn }: StepUpPrompt): Promise<StepUpAnswer> {
  if (webauthn === undefined || !passkeysWork()) throw new NoPasskey()
  const optionsJSON = webauthn as unknown as PublicKeyCredentialRequestOptionsJSON
  return { webauthn: { ...(await startAuthentication({ optionsJSON })) } }
}

/** Makes a passkey in this browser and enrols it. @throws CallError; what the browser throws */
export async function addPasskey(app: App): Promise<PersonalAuthenticator> {
  const offered = { kind: 'passkey', name: platformInWords() } as const
  const { challenge, webauthn } = await app.ask(procedureUris.authenticatorEnrolBegin, offered)
  const optionsJSON = webauthn as unknown as PublicKeyCredentialCreationOptionsJSON
  const answer = { ...(await startRegistration({ optionsJSON })) }
  return app.ask(procedureUris.authenticatorEnrolComplete, {
    ...offered,
    challenge,
    webauthn: answer,
  })
}

/** For people, who know their things apart by it. */
function platformInWords(): string {
  const known = ['Android', 'iPhone', 'iPad', 'Mac', 'Windows', 'Linux']
  return known.find((each) => navigator.userAgent.includes(each)) ?? 'This browser'
}

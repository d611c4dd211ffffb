import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { ApprovalNews } from '../realms/uris.ts'
import type { Consents } from './consents.ts'
import { canBeUsedUp, errorInWords, verbInWords } from './words.ts'

interface AskedForProps {
  readonly consents: Consents
  readonly requests: readonly ApprovalNews[]
  /** What a device is called, by its id. */
  readonly nameOfDevice: (id: string) => string
  readonly connected: boolean
}

/** Who asks for something, for the person to answer. What it says is read out when it comes. */
export function AskedFor({
  consents,
  requests,
  nameOfDevice,
  connected,
}: AskedForProps): JSX.Element {
  const [busy, setBusy] = useState<string>()
  const [problem, setProblem] = useState<string>()
  const answer = async (request: ApprovalNews, work: Promise<void>): Promise<void> => {
    setBusy(request.id)
    setProblem(undefined)
    await work.catch((error: unknown) => setProblem(errorInWords(error)))
    setBusy(undefined)
  }
  return (
    <div class="asked-for" aria-live="polite">
      {requests.map((request) => {
        const what = `${verbInWords(request.uri)} ${nameOfDevice(request.device)}`
        const disabled = !connected || busy !== undefined
        const button = (label: string, act: () => Promise<void>): JSX.Element => (
          <button
            aria-disabled={disabled}
            aria-label={`${label}: ${what}, ${request.requester}`}
            onClick={() => !disabled && void answer(request, act())}
          >
            {label}
          </button>
        )
        return (
          <section key={request.id} class="request" aria-label={`${request.requester} asks`}>
            <p>
              <strong>{request.requester}</strong> asks for your word: <strong>{what}</strong>
            </p>
            <div class="actions">
              {canBeUsedUp(request) &&
                button('Allow once', () => consents.approve(request, { once: true }))}
              {button('Allow for an hour', () => consents.approve(request, { once: false }))}
              {button('No', () => consents.deny(request))}
            </div>
          </section>
        )
      })}
      <p class="problem" role="alert">
        {problem}
      </p>
    </div>
  )
}

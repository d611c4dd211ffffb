import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { PersonalAuthenticator } from '../realms/uris.ts'
import type { House } from './house.ts'
import { isTurnedDown, passkeysWork } from './passkeys.ts'
import { asksToSignInAgain, errorInWords } from './words.ts'

const kinds: Readonly<Record<string, string>> = {
  watch: 'Watch',
  phone: 'Phone',
  key: 'Key',
  passkey: 'Passkey',
}

interface ConfirmWithProps {
  readonly house: House
  readonly authenticators: readonly PersonalAuthenticator[]
  readonly connected: boolean
  /** Has the person sign in once more: nothing is enrolled for somebody who only found the page open. */
  readonly signInAgain: () => void
}

/** By what the person confirms what takes two factors: a list, and a way to add this browser. */
export function ConfirmWith({
  house,
  authenticators,
  connected,
  signInAgain,
}: ConfirmWithProps): JSX.Element {
  const [busy, setBusy] = useState(false)
  const [problem, setProblem] = useState<string>()
  const [isOld, setOld] = useState(false)
  const disabled = busy || !connected
  const run = async (work: () => Promise<void>): Promise<void> => {
    setBusy(true)
    setProblem(undefined)
    setOld(false)
    try {
      await work()
    } catch (error) {
      if (isTurnedDown(error)) setProblem('Nothing was added.')
      else if (asksToSignInAgain(error)) setOld(true)
      else setProblem(errorInWords(error))
    }
    setBusy(false)
  }
  return (
    <section class="list" aria-labelledby="confirm-with">
      <h2 id="confirm-with">How you confirm</h2>
      <p class="quiet">Some things, such as a door, ask for a second proof that it is you.</p>
      {authenticators.length > 0 && (
        <ul>
          {authenticators.map(({ id, kind, name }) => (
            <li key={id}>
              <span>
                {name} <small>{kinds[kind] ?? kind}</small>
              </span>
              <button
                aria-disabled={disabled}
                aria-label={`Remove ${name} ${kinds[kind] ?? kind}`}
                onClick={() => !disabled && void run(() => house.removeAuthenticator(id))}
              >
                Remove
              </button>
            </li>
          ))}
        </ul>
      )}
      {passkeysWork() && (
        <button
          aria-disabled={disabled}
          onClick={() => !disabled && void run(() => house.addPasskey())}
        >
          Add a passkey
        </button>
      )}
      {isOld && (
        <div class="notice" role="alert">
          <p>Sign in once more first: it must be you who adds something by which you confirm.</p>
          <button onClick={signInAgain}>Sign in again</button>
        </div>
      )}
      <p class="problem" role="alert">
        {problem}
      </p>
    </section>
  )
}

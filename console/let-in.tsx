import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { Consents, Given } from './consents.ts'
import { errorInWords, givenInWords } from './words.ts'

interface LetInProps {
  readonly consents: Consents
  readonly given: readonly Given[]
  readonly connected: boolean
}

/** Who was let in, how far, and a way to take that back. */
export function LetIn({ consents, given, connected }: LetInProps): JSX.Element {
  const [busy, setBusy] = useState<string>()
  const [problem, setProblem] = useState<string>()
  const takeBack = async (grant: Given): Promise<void> => {
    setBusy(grant.id)
    setProblem(undefined)
    await consents.revoke(grant).catch((error: unknown) => setProblem(errorInWords(error)))
    setBusy(undefined)
  }
  const disabled = !connected || busy !== undefined
  return (
    <section class="list" aria-labelledby="let-in">
      <h2 id="let-in">Who is let in</h2>
      <p class="quiet">Level 1 is everything; the larger the number, the less.</p>
      <ul>
        {given.map((grant) => (
          <li key={grant.id}>
            <span>
              {grant.to} <small>{givenInWords(grant)}</small>
            </span>
            <button
              aria-disabled={disabled}
              aria-label={`Take back from ${grant.to}: ${givenInWords(grant)}`}
              onClick={() => !disabled && void takeBack(grant)}
            >
              Take back
            </button>
          </li>
        ))}
      </ul>
      <p class="problem" role="alert">
        {problem}
      </p>
    </section>
  )
}

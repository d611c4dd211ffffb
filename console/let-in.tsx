import type { JSX } from 'preact'
import { useState } from 'preact/hooks'
import type { Consents, Given } from './consents.ts'
import { errorInWords, givenInWords } from './words.ts'

interface GivenProps {
  readonly consents: Consents
  readonly given: readonly Given[]
  readonly connected: boolean
}

interface ListProps extends GivenProps {
  readonly id: string
  readonly heading: string
  readonly hint: string
  /** Whom an entry is about. */
  readonly who: (grant: Given) => string
  /** What ends an entry, and the word between it and `who`. */
  readonly verb: string
  readonly whence: string
}

/** Who was let in, how far, and a way to take that back. */
export function LetIn(props: GivenProps): JSX.Element {
  return (
    <List
      id="let-in"
      heading="Who is let in"
      hint="Level 1 is everything; the larger the number, the less."
      who={({ to }) => to}
      verb="Take back"
      whence="from"
      {...props}
    />
  )
}

/** What others share with the person, who need not keep it. */
export function SharedWithYou(props: GivenProps): JSX.Element {
  return (
    <List
      id="shared"
      heading="Shared with you"
      hint="You need not keep what you do not use."
      who={({ created_by: by }) => by.slice(by.indexOf(':') + 1)}
      verb="Give back"
      whence="to"
      {...props}
    />
  )
}

function List({
  consents,
  given,
  connected,
  id,
  heading,
  hint,
  who,
  verb,
  whence,
}: ListProps): JSX.Element {
  const [busy, setBusy] = useState<string>()
  const [problem, setProblem] = useState<string>()
  const end = async (grant: Given): Promise<void> => {
    setBusy(grant.id)
    setProblem(undefined)
    await consents.revoke(grant).catch((error: unknown) => setProblem(errorInWords(error)))
    setBusy(undefined)
  }
  const disabled = !connected || busy !== undefined
  return (
    <section class="list" aria-labelledby={id}>
      <h2 id={id}>{heading}</h2>
      <p class="quiet">{hint}</p>
      <ul>
        {given.map((grant) => (
          <li key={grant.id}>
            <span>
              {who(grant)} <small>{givenInWords(grant)}</small>
            </span>
            <button
              aria-disabled={disabled}
              aria-label={`${verb} ${whence} ${who(grant)}: ${givenInWords(grant)}`}
              onClick={() => !disabled && void end(grant)}
            >
              {verb}
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

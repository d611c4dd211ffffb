import { render } from 'preact'
import type { JSX } from 'preact'
import { useEffect, useState } from 'preact/hooks'
import { AskedFor } from './asked-for.tsx'
import { ConfirmWith } from './confirm-with.tsx'
import { DeviceCard } from './device-card.tsx'
import { House } from './house.ts'
import type { HouseView } from './house.ts'
import { LetIn, SharedWithYou } from './let-in.tsx'
import { comeBack, signIn, signOut, whoSignedIn } from './sign-in.ts'
import type { PageConfig, SignedIn } from './sign-in.ts'
import { errorInWords, nameOf } from './words.ts'

function Logo(): JSX.Element {
  return <img class="logo" src="/favicon.svg" alt="" width="32" height="32" />
}

function Welcome({ config, problem }: { config: PageConfig; problem?: string }): JSX.Element {
  const [trouble, setTrouble] = useState(problem)
  const leave = (): void => {
    signIn(config).catch((error: unknown) => setTrouble(errorInWords(error)))
  }
  return (
    <main class="welcome">
      <Logo />
      <h1>Latchkey</h1>
      <p>The lamp, the door, the safe: what this house lets you use, wherever you are.</p>
      <button class="primary" onClick={leave}>
        Sign in
      </button>
      <p class="problem" role="alert">
        {trouble}
      </p>
    </main>
  )
}

const connectionWords = { open: 'Connected', connecting: 'Connecting…', closed: 'Not connected' }

function Rooms({ config, who }: { config: PageConfig; who: SignedIn }): JSX.Element {
  const [view, setView] = useState<HouseView>()
  const [house, setHouse] = useState<House>()
  const [problem, setProblem] = useState<string>()
  const status = view?.connection.status ?? 'connecting'

  useEffect(() => {
    const opened = new House(config, who, setView)
    setHouse(opened)
    opened.open()
    return () => void opened.close()
  }, [config, who])

  const enter = (options: { again?: boolean }): void => {
    setProblem(undefined)
    signIn(config, options).catch((error: unknown) => setProblem(errorInWords(error)))
  }
  const expired = view?.expired === true
  useEffect(() => {
    // The provider still knows who this is, and sends us back at once.
    if (expired) enter({})
  }, [expired])

  const leave = async (): Promise<void> => {
    await house?.close()
    try {
      await signOut(config, who)
    } catch (error) {
      // Here it is forgotten in any case.
      console.warn('The provider could not be told of the sign-out:', error)
    }
    await start()
  }
  const { authenticators, connection, consents, devices, notice } = view ?? {}
  const nameOfDevice = (id: string): string => {
    const known = devices?.find(({ device }) => device === id)
    return known === undefined ? id : nameOf(known)
  }
  const refused = connection?.status === 'closed' ? connection.error : undefined
  return (
    <>
      <header>
        <Logo />
        <strong>Latchkey</strong>
        <span class="connection" role="status" data-status={status}>
          {connectionWords[status]}
        </span>
        <span class="who">{who.name}</span>
        <button onClick={() => void leave()}>Sign out</button>
      </header>
      <main>
        <h1>Your devices</h1>
        {problem !== undefined && (
          <div class="notice" role="alert">
            <p>{problem}</p>
            <button onClick={() => enter({})}>Sign in again</button>
          </div>
        )}
        {refused !== undefined && !expired && (
          <div class="notice" role="alert">
            <p>{errorInWords(refused)}</p>
            <button onClick={() => enter({ again: true })}>Sign in as somebody else</button>
          </div>
        )}
        {notice !== undefined && (
          <p class="notice" role="alert">
            {notice}
          </p>
        )}
        {devices?.length === 0 && (
          <p class="notice">This house lets you in, but has nothing that you may use yet.</p>
        )}
        {house !== undefined && (
          <AskedFor
            consents={house.consents}
            requests={consents?.requests ?? []}
            connected={status === 'open'}
            {...{ nameOfDevice }}
          />
        )}
        <div class="cards">
          {house !== undefined &&
            devices?.map((device) => (
              <DeviceCard
                key={device.device}
                connected={status === 'open'}
                {...{ device, house }}
              />
            ))}
        </div>
        {house !== undefined && consents !== undefined && consents.given.length > 0 && (
          <LetIn consents={house.consents} given={consents.given} connected={status === 'open'} />
        )}
        {house !== undefined && consents !== undefined && consents.shared.length > 0 && (
          <SharedWithYou
            consents={house.consents}
            given={consents.shared}
            connected={status === 'open'}
          />
        )}
        {house !== undefined && authenticators !== undefined && refused === undefined && (
          <ConfirmWith
            connected={status === 'open'}
            signInAgain={() => enter({ again: true })}
            {...{ house, authenticators }}
          />
        )}
      </main>
    </>
  )
}

function show(content: JSX.Element): void {
  const root = document.getElementById('page')
  if (root !== null) render(content, root)
}

async function start(): Promise<void> {
  try {
    const response = await fetch('/latchkey.json')
    if (!response.ok) throw new Error(`the router answers ${response.status}`)
    const config = (await response.json()) as PageConfig
    try {
      const who = (await comeBack(config)) ?? whoSignedIn()
      show(who === undefined ? <Welcome {...{ config }} /> : <Rooms {...{ config, who }} />)
    } catch (error) {
      show(<Welcome {...{ config }} problem={errorInWords(error)} />)
    }
  } catch (error) {
    show(
      <main class="welcome">
        <p role="alert">{errorInWords(error)}</p>
      </main>,
    )
  }
}

void start()

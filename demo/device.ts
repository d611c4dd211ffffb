import { text } from 'node:stream/consumers'
import { parseArgs } from 'node:util'
import { Device } from '../clients/device.ts'
import { JoinRefused, SessionLost } from '../clients/errors.ts'
import { clientClock } from '../clients/timers.ts'
import { door } from './devices/door.ts'
import { lamp } from './devices/lamp.ts'
import { safe } from './devices/safe.ts'
import type { MakeThing } from './devices/thing.ts'
import { tv } from './devices/tv.ts'

const things: Readonly<Record<string, MakeThing>> = { lamp, tv, door, safe }

/**
 * A device of the demo house as a process of its own: `--thing NAME --dir DIR --url URL --realm REALM`, for the first
 * start with `--code-stdin` and a provisioning code on stdin (arguments and environment can be read for as long as it
 * runs). Says `{"ready":true,"prefix":…,"fingerprint":…}` in one line on stdout, and `{"message":…}` on stderr when it
 * gives up. Ends with 0 at SIGTERM and SIGINT, with 2
 * when the router does not let it in, and with 1 at any other failure.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      thing: { type: 'string', default: '' },
      dir: { type: 'string', default: '' },
      url: { type: 'string', default: '' },
      realm: { type: 'string', default: '' },
      'code-stdin': { type: 'boolean', default: false },
    },
  })
  for (const [key, value] of Object.entries(values))
    if (value === '') throw new Error(`--${key} is missing`)
  const make = things[values.thing]
  if (make === undefined) {
    const allowed = Object.keys(things).join(', ')
    throw new Error(`--thing was "${values.thing}": allowed are ${allowed}`)
  }
  const thing = make(() => tell(), clientClock)
  const code = values['code-stdin'] ? (await text(process.stdin)).trim() : undefined
  const device = new Device({
    url: values.url,
    realm: values.realm,
    stateDir: values.dir,
    ...(code !== undefined && { code }),
    attributes: thing.attributes,
    capabilities: [{ verb: 'on_change', action: 'subscribe' }],
    procedures: { ...thing.procedures, state: () => thing.state() },
    backoff: { longestMs: 5_000 },
    onProblem: (error, what) => console.error(`${what}: ${String(error)}`),
    onState: (state) => {
      // Whoever looks at the device may have missed changes, and a process that is new begins anew.
      if (state.status === 'open') tell()
      else if (state.status === 'connecting') {
        if (state.retryInMs > 0) console.error(`connecting: ${state.reason}`)
      } else if (state.error !== undefined) fail(state.error)
    },
  })

  function tell(): void {
    device.publish('on_change', [thing.state()]).catch((error: unknown) => {
      // It is told again with the next session.
      if (!(error instanceof SessionLost)) console.error(`on_change: ${String(error)}`)
    })
  }

  const stop = (): void => {
    device.close().then(() => process.exit(0), fail)
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  const { prefix } = await device.connect()
  process.stdout.write(
    `${JSON.stringify({ ready: true, prefix, fingerprint: device.fingerprint })}\n`,
  )
}

function fail(error: unknown): void {
  const message = error instanceof Error ? error.message : String(error)
  console.error(JSON.stringify({ message }))
  process.exit(error instanceof JoinRefused ? 2 : 1)
}

main().catch(fail)

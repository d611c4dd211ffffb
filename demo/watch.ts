import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { openAuthenticatorKey } from '../clients/authenticator-key.ts'
import { Authenticator } from '../clients/authenticator.ts'
import { Connection } from '../clients/connection.ts'
import { ticket } from '../clients/credential.ts'
import { CallError, JoinRefused } from '../clients/errors.ts'
import { webSocketClass } from '../clients/websocket.ts'
import { errorUris } from '../realms/uris.ts'
import { writeOwnFile } from './provider-files.ts'
import { issueToken } from './token.ts'
import type { Acr } from './token.ts'

/**
 * The watch of one of the demo's people, as a process of its own: `--person NAME --house DIR --dir DIR --url URL
 * --realm REALM`. At its first start it makes a key and enrols it, its person having signed in with two factors; then
 * it confirms whatever it is asked, as no person is there to tap it, and says so in a line each. Says
 * `{"ready":true,"watch":…}` in one line on stdout, and `{"message":…}` on stderr when it gives up. Ends with 0
 * at SIGTERM and SIGINT, with 2 when the router does not let its person in, and with 1 at any other failure.
 */
async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      person: { type: 'string', default: '' },
      house: { type: 'string', default: '' },
      dir: { type: 'string', default: '' },
      url: { type: 'string', default: '' },
      realm: { type: 'string', default: '' },
    },
  })
  for (const [key, value] of Object.entries(values))
    if (value === '') throw new Error(`--${key} is missing`)
  const { person, house, dir, url, realm } = values
  const watch = new Authenticator({
    key: await openAuthenticatorKey(join(dir, 'watch.key')),
    decide({ uri, args = [] }) {
      console.log(`${person} confirms ${uri}(${args.map((arg) => JSON.stringify(arg)).join(', ')})`)
      return true
    },
  })

  const connectionWith = (acr: Acr): Connection =>
    new Connection({
      url,
      realm,
      credential: async () => ticket(await issueToken(house, person, acr), 'person'),
      webSocket: webSocketClass(),
      backoff: { longestMs: 5_000 },
      onProblem: (error, what) => console.error(`${what}: ${String(error)}`),
      onState: (state) => {
        if (state.status === 'closed' && state.error !== undefined) fail(state.error)
      },
    })

  /** What it confirms will be worth what its person has shown in this session. */
  async function enrol(): Promise<void> {
    const session = connectionWith('gold')
    await session.connect()
    try {
      await watch.enrol(session, { kind: 'watch', name: `${person}’s watch` })
    } catch (error) {
      // It was cut off before it could write that down.
      if (!(error instanceof CallError) || error.uri !== errorUris.conflict) throw error
    } finally {
      await session.close()
    }
    await writeOwnFile(enrolled, { enrolled: watch.publicKey })
  }

  const enrolled = join(dir, 'watch.json')
  const isEnrolled = await access(enrolled).then(
    () => true,
    () => false,
  )
  if (!isEnrolled) await enrol()
  const connection = connectionWith('password')
  const stop = (): void => {
    connection.close().then(() => process.exit(0), fail)
  }
  process.on('SIGTERM', stop)
  process.on('SIGINT', stop)
  const { authid } = await connection.connect()
  await watch.serve(connection, authid)
  process.stdout.write(`${JSON.stringify({ ready: true, watch: watch.publicKey })}\n`)
}

function fail(error: unknown): void {
  const message = error instanceof Error ? error.message : String(error)
  console.error(JSON.stringify({ message }))
  process.exit(error instanceof JoinRefused ? 2 : 1)
}

main().catch(fail)

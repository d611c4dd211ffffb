import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { App } from '../../clients/app.ts'
import type { AppOptions } from '../../clients/app.ts'
import { rawSocketClass } from '../../clients/rawsocket.ts'
import { webSocketClass } from '../../clients/websocket.ts'
import { dataFolder } from '../../data-folder.ts'
import { runDemo } from '../../demo/house.ts'
import type { DemoHouse } from '../../demo/house.ts'
import { openPeople } from '../../demo/people.ts'
import { issueToken } from '../../demo/token.ts'

/** The demo house as `latchkey demo` runs it, in a folder of its own. */
export interface TestHouse extends DemoHouse {
  readonly dir: string
  /** What one types at the sign-in. */
  password(person: string): Promise<string>
  /** An ID token, from the running provider. */
  token(person: string): Promise<string>
  /** A session of this person, from elsewhere. */
  join(person: string): Promise<App>
  /** A session on the management socket. */
  manage(): Promise<App>
  /** Ends a process of the house as a crash would. */
  crash(name: string): void
  /** Ends the house and removes its folder. */
  remove(): Promise<void>
}

/** The demo's configuration, with RawSocket. The house itself fills in its ports and its provider. */
const withRawSocket = (port: number): string => `
listen:
  websocket: { host: localhost, port: 8080, path: /ws }
  rawsocket: { host: 127.0.0.1, port: ${port} }
realms:
  - { uri: home, authmethods: [ticket, cryptosign], shutdown: close }
console: { realm: home, issuer: http://localhost, clientId: latchkey }
log: { level: warn }
`

/** Opens a new house on a free port. `rawSocketPort`: listens there too, for RawSocket. */
export async function openTestHouse({
  rawSocketPort,
}: { readonly rawSocketPort?: number } = {}): Promise<TestHouse> {
  const dir = await mkdtemp(join(tmpdir(), 'latchkey-house-'))
  if (rawSocketPort !== undefined)
    await writeFile(dataFolder(dir).configFile, withRawSocket(rawSocketPort), { mode: 0o600 })
  const quiet = (): void => undefined
  const house = await runDemo({ dir, port: 0, log: quiet, out: quiet })
  const apps: App[] = []
  const connect = async (options: AppOptions): Promise<App> => {
    const app = new App(options)
    apps.push(app)
    await app.connect()
    return app
  }
  return {
    ...house,
    dir,
    async password(person) {
      const known = (await openPeople(dir)).find(({ name }) => name === person)
      assert(known !== undefined, `there is no ${person}`)
      return known.password
    },
    token: (person) => issueToken(dir, person),
    async join(person) {
      const token = await issueToken(dir, person)
      const webSocket = webSocketClass()
      return connect({ url: house.webSocket, realm: 'home', token: () => token, webSocket })
    },
    manage() {
      const webSocket = rawSocketClass({ path: dataFolder(dir).socketFile })
      return connect({ url: 'ws://localhost/', realm: 'home', webSocket })
    },
    crash(name) {
      const pid = house.pids()[name]
      assert(pid !== undefined, `no ${name} runs`)
      process.kill(pid, 'SIGKILL')
    },
    async remove() {
      await Promise.all(apps.map((app) => app.close()))
      await house.stop()
      await rm(dir, { recursive: true })
    },
  }
}

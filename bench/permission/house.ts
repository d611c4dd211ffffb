import { pino } from 'pino'
import { parseConfig } from '../../config.ts'
import { startServer, type RunningServer } from '../../server.ts'
import { Client } from './client.ts'
import { Provider } from './provider.ts'

/** A running house with an operator, a provider, and a lamp that answers. Nothing is on disk. */
export interface BenchHouse {
  readonly server: RunningServer
  readonly operator: Client
  readonly provider: Provider
  person(id: string, level?: number): Promise<void>
  join(id: string): Promise<Client>
  stop(): Promise<void>
}

/** Many sessions of one address are what is measured here, so the bounds that keep a stranger from it are wide. */
const config = `
store: memory
listen: { websocket: { host: 127.0.0.1, port: 0 } }
limits: { connections: 100000, joiningPerAddress: 100000 }
realms: [{ uri: home, authmethods: [ticket, cryptosign] }]
`

export async function startBenchHouse(): Promise<BenchHouse> {
  const provider = await Provider.start()
  const server = await startServer(parseConfig(config, 'the bench'), {
    logger: pino({ level: 'silent' }),
  })
  const { router } = server
  const operator = await new Client(router, { operator: true }).join('home')
  await operator.manage('ecosystem.create', { id: 'home' })
  await operator.manage('idp.add', { issuer: provider.issuer, client_id: 'latchkey' })
  await lamp(server)
  return {
    server,
    operator,
    provider,
    async person(id: string, level?: number) {
      const { issuer } = provider
      await operator.manage('person.create', { id, name: id, issuer, subject: id })
      if (level !== undefined)
        await operator.manage('grant.create', { to: id, ecosystem: 'home', level })
    },
    async join(id: string) {
      return new Client(router, { address: '127.0.0.1' }).join('home', await provider.token(id))
    },
    async stop() {
      await server.close()
      provider.stop()
    },
  }
}

/** `lamp.switch`, offered by the house's own service: what answers is not what is measured. */
async function lamp({ ecosystems, router }: RunningServer): Promise<void> {
  const [code = ''] = await ecosystems.provisioning.create({
    realm: 'home',
    ecosystems: ['home'],
    class: 'light',
    count: 1,
    prefix: 'lamp',
    by: 'operator:bench',
  })
  await ecosystems.devices.enrol({ code, publicKey: '5a'.repeat(32) })
  const principal = {
    kind: 'service',
    authid: 'lamp',
    authrole: 'service',
    authmethod: 'local',
    authprovider: 'local',
  }
  const realm = router.realm('home')
  if (realm === undefined) throw new Error('there is no realm home')
  realm.local(principal).register('lamp.switch', () => ({}))
}

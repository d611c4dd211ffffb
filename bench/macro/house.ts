import { createPublicKey, generateKeyPairSync, sign } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import sqlite3 from 'sqlite3'
import { parse, stringify } from 'yaml'
import { App, rawSocketClass } from '../../clients/index.ts'
import { Provider } from '../permission/provider.ts'
import { call } from './calls.ts'
import { makeFolder, removeFolder } from './folder.ts'
import { failed, type Timing } from './generator.ts'
import { Line } from './line.ts'
import type { Measurement } from './measurement.ts'
import type { RealmLoad } from './row.ts'
import { startRouter } from './ours.ts'
import { freePair } from './ports.ts'
import { within } from './within.ts'

type Pair = Parameters<typeof call>[0]

const procedure = 'lamp.switch'
const joinMs = 30_000

/**
 * Calls in one of two realms of one router, which are the same to it but for their rules. `open`: what bench/open.yaml
 * has. `protected`: a person who came by an ID token (ES256) and has level 3 by a grant calls a lamp that joined by its
 * key, so that each call is decided by the ordered checks and counted by reader, name and minute, over SQLite; that each
 * was counted is looked up in the database afterwards.
 */
export async function measureRealm(
  tree: string,
  { realm, inFlight }: RealmLoad,
  timing: Timing,
): Promise<Measurement> {
  const dir = await makeFolder()
  const provider = await Provider.start()
  try {
    const port = await freePair()
    const config = join(dir, 'latchkey.yaml')
    await writeFile(config, await configFor(tree, port))
    const router = await startRouter(tree, ['--config', config, '--dir', dir], port)
    let measurement: Measurement
    try {
      const { webSocket: url } = router
      const pair = await within(
        joinMs,
        'joining',
        realm === 'open' ? openPair(url) : housePair(url, dir, provider),
      )
      measurement = await call(pair, inFlight, router.pid, timing)
    } finally {
      await router.stop()
    }
    if (realm === 'open') return measurement
    const counted = await countedUses(join(dir, 'latchkey.db'))
    const { answered = 0 } = measurement.extra ?? {}
    return counted >= answered
      ? measurement
      : failed(`${answered} calls were answered and ${counted} counted`)
  } finally {
    provider.stop()
    await removeFolder(dir)
  }
}

async function configFor(tree: string, port: number): Promise<string> {
  const file = join(tree, 'bench/open.yaml')
  const { realms } = parse(await readFile(file, 'utf8')) as { readonly realms: readonly object[] }
  const home = { uri: 'home', authmethods: ['ticket', 'cryptosign'] }
  return stringify({
    listen: {
      websocket: { host: '127.0.0.1', port },
      rawsocket: { host: '127.0.0.1', port: port + 1 },
    },
    realms: [...realms, home],
  })
}

async function openPair(url: string): Promise<Pair> {
  const callee = await (await Line.open(url)).join('realm1', {})
  await offer(callee)
  return { callee, caller: await (await Line.open(url)).join('realm1', {}), procedure }
}

async function housePair(url: string, dir: string, provider: Provider): Promise<Pair> {
  const operator = new App({
    url: 'ws://localhost',
    realm: 'home',
    webSocket: rawSocketClass({ path: join(dir, 'latchkey.sock') }),
  })
  await operator.connect()
  const manage = async (name: string, input: Record<string, unknown>): Promise<unknown> =>
    (await operator.call(`latchkey.${name}`, [], input)).args[0]
  const { issuer } = provider
  await manage('ecosystem.create', { id: 'home' })
  await manage('idp.add', { issuer, client_id: 'latchkey' })
  await manage('person.create', { id: 'guest', name: 'guest', issuer, subject: 'guest' })
  await manage('grant.create', { to: 'guest', ecosystem: 'home', level: 3 })
  const order = { ecosystem: 'home', class: 'light', prefix: 'lamp' }
  const { codes } = (await manage('provisioning.token.create', order)) as { codes: string[] }
  await operator.close()
  const callee = await lamp(url, codes[0] ?? '')
  const token = await provider.token('guest')
  const caller = await Line.open(url)
  await caller.join('home', { authmethods: ['ticket'] }, () => token)
  return { callee, caller, procedure }
}

/** Enrols by the code with a key of its own, and joins by that key. */
async function lamp(url: string, code: string): Promise<Line> {
  const { privateKey } = generateKeyPairSync('ed25519')
  const { x = '' } = createPublicKey(privateKey).export({ format: 'jwk' })
  const pubkey = Buffer.from(x, 'base64url').toString('hex')
  const enrolling = await Line.open(url)
  await enrolling.join('home', { authmethods: ['ticket'], authid: 'provisioning' }, () => code)
  const enrolled = await enrolling.ask([
    48,
    1,
    {},
    'latchkey.device.enrol',
    [],
    { code, public_key: pubkey },
  ])
  if (enrolled[0] !== 50) throw new Error(`not enrolled: ${JSON.stringify(enrolled)}`)
  enrolling.close()
  const line = await Line.open(url)
  const details = { authmethods: ['cryptosign'], authid: 'lamp', authextra: { pubkey } }
  await line.join('home', details, ([, , extra]) => {
    const { challenge } = extra as { readonly challenge: string }
    return sign(null, Buffer.from(challenge, 'hex'), privateKey).toString('hex') + challenge
  })
  await offer(line)
  return line
}

async function offer(callee: Line): Promise<void> {
  const answer = await callee.ask([64, 1, {}, procedure])
  if (answer[0] !== 65) throw new Error(`not registered: ${JSON.stringify(answer)}`)
}

/** How many uses the house has on record. */
function countedUses(database: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const open = new sqlite3.Database(database, sqlite3.OPEN_READONLY, (failure) => {
      if (failure !== null) return reject(failure)
      const sql = "select sum(count) as n from usage where uri = ? and action = 'call'"
      open.get<{ n: number | null }>(sql, [procedure], (error, row) => {
        open.close()
        if (error === null) resolve(row.n ?? 0)
        else reject(error)
      })
    })
  })
}

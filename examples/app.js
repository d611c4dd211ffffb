// An app of one's own: signs in with an ID token, lists what its person may use, listens, and calls.
//   node examples/app.js --token-file guest.jwt lamp.switch true
import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { App, CallError, webSocketClass } from '../dist/clients/index.js'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    'token-file': { type: 'string', default: './guest.jwt' },
    url: { type: 'string', default: process.env.LATCHKEY_URL ?? 'ws://localhost:8080/ws' },
    realm: { type: 'string', default: 'home' },
  },
})
const [procedure = 'lamp.switch', ...words] = positionals
const { url, realm, 'token-file': file } = values

// Read anew for every join: whoever renews the file keeps the app signed in.
const token = async () => (await readFile(file, 'utf8')).trim()

const app = new App({
  url,
  realm,
  token,
  webSocket: webSocketClass(),
  onState(state) {
    if (state.status === 'connecting' && state.retryInMs > 0)
      console.error(`no session at ${url} (${state.reason}), trying again`)
  },
})

try {
  await token()
  const { authid } = await app.connect()
  console.log(`signed in as ${authid}`)

  const { devices } = await app.ask('latchkey.discovery.list', {})
  for (const { prefix, online, capabilities } of devices) {
    console.log(`${prefix}${online ? '' : ' (offline)'}`)
    for (const { uri, action } of capabilities) {
      if (action !== 'subscribe') continue
      await app.subscribe(uri, ({ args }) => console.log(uri, ...args))
    }
  }

  const args = words.map((word) => JSON.parse(word))
  const result = await app.call(procedure, args)
  console.log(procedure, ...result.args)
} catch (error) {
  const { path, code, uri, message } = error
  if (path === file) console.error(`there is no token to be read in ${file} (${code})`)
  else if (uri === 'wamp.error.authentication_denied')
    console.error(`the token in ${file} was not accepted (${uri})`)
  else console.error(error instanceof CallError ? uri : message)
  process.exitCode = 1
} finally {
  await app.close()
}

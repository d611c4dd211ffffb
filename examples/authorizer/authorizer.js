// A rule of one's own: says whether somebody may do something, for whoever asks by `latchkey authz add`.
//   node examples/authorizer/authorizer.js
//   latchkey authz add --procedure com.example.authorize --scope lamp.
import { readFile } from 'node:fs/promises'
import { Wampy } from 'wampy'
import WebSocket from 'ws'

const {
  LATCHKEY_URL: url = 'ws://localhost:8080/ws',
  LATCHKEY_REALM: realm = 'home',
  LATCHKEY_TICKET_FILE: file = './latchkey-data/authorizer.ticket',
} = process.env

/** The rule: the guest looks, and switches nothing. Everybody else may do what the house allows. */
function authorize(session, uri, action, _options) {
  if (session.authid === 'guest' && action === 'call' && uri.endsWith('.switch')) return false
  // Kept until this component says otherwise by `com.example.authorize.flush`, or leaves.
  return { allow: true, cache: true }
}

try {
  const ticket = (await readFile(file, 'utf8')).trim()
  const component = new Wampy(url, {
    realm,
    ws: WebSocket,
    authid: 'authorizer',
    authmethods: ['ticket'],
    onChallenge: () => ticket,
  })
  await component.connect()
  await component.register('com.example.authorize', ({ argsList }) => ({
    argsList: [authorize(...argsList)],
  }))
  console.log(`com.example.authorize is asked at ${url}`)
} catch (error) {
  console.error(`not at ${url}, with the ticket in ${file}:`, error.errorUri ?? error.message)
  process.exit(1)
}

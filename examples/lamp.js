// A lamp of one's own: makes its key at the first start, enrols with a provisioning code, and serves its switch.
//   node examples/lamp.js --code CODE --state ./lamp1
//   node examples/lamp.js --unclaimed --state ./lamp1   (shows a code for its owner)
import { parseArgs } from 'node:util'
import { CallError, claimByUserCode, Device, SessionLost } from '../dist/clients/index.js'

const { values } = parseArgs({
  options: {
    code: { type: 'string' },
    unclaimed: { type: 'boolean', default: false },
    state: { type: 'string', default: './lamp' },
    url: { type: 'string', default: process.env.LATCHKEY_URL ?? 'ws://localhost:8080/ws' },
    realm: { type: 'string', default: 'home' },
  },
})

const server = new URL(values.url.replace(/^ws/, 'http')).origin
const onCode = ({ userCode }) => console.log(`claim me by ${userCode}`)
if (values.unclaimed) values.code = (await claimByUserCode({ server, onCode })).code

let on = false

const lamp = new Device({
  url: values.url,
  realm: values.realm,
  stateDir: values.state,
  ...(values.code !== undefined && { code: values.code }),
  attributes: { name: 'My lamp' },
  capabilities: [{ verb: 'on_change', action: 'subscribe' }],
  procedures: {
    async switch({ args: [wish = !on] }) {
      if (typeof wish !== 'boolean')
        throw new CallError('wamp.error.invalid_argument', ['true or false, please'])
      on = wish
      await lamp.publish('on_change', [{ on }])
      return { on }
    },
    state: () => ({ on }),
  },
  onState(state) {
    if (state.status === 'connecting' && state.retryInMs > 0)
      console.error(`no session at ${values.url} (${state.reason}), trying again`)
    if (state.status === 'closed' && state.error !== undefined) refused(state.error)
  },
})

function refused(error) {
  if (error instanceof SessionLost) process.exit(0)
  if (error.uri === 'wamp.error.authentication_denied')
    console.error(`the router does not accept this lamp's code or key (${error.uri})`)
  else console.error(error.message)
  process.exit(1)
}

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void lamp.close())

await lamp.connect().catch(refused)
console.log(`key ${lamp.fingerprint}\nregistered ${lamp.uri('switch')}`)

// A lamp of one's own: makes its key at the first start, enrols with a provisioning code, and serves its switch.
//   node examples/lamp.js --code CODE --state ./lamp1
import { parseArgs } from 'node:util'
import { CallError, Device, SessionLost } from '../dist/clients/index.js'

const { values } = parseArgs({
  options: {
    code: { type: 'string' },
    state: { type: 'string', default: './lamp' },
    url: { type: 'string', default: 'ws://localhost:8080/ws' },
    realm: { type: 'string', default: 'home' },
  },
})

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
  // Only we ourselves end the tries of a lamp that the router does not refuse.
  if (error instanceof SessionLost) process.exit(0)
  if (error.uri === 'wamp.error.authentication_denied')
    console.error(`the router does not accept this lamp's code or key (${error.uri})`)
  else console.error(error.message)
  process.exit(1)
}

process.once('SIGINT', () => void lamp.close())
process.once('SIGTERM', () => void lamp.close())

await lamp.connect().catch(refused)
console.log(`key ${lamp.fingerprint}`)
console.log(`registered ${lamp.uri('switch')}`)

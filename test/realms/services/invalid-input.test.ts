import assert from 'node:assert/strict'
import type { Procedure } from '../../../realms/procedure.ts'
import { catalogue } from '../../../realms/services/catalogue.ts'
import { describeInvalidInput } from '../../../realms/services/invalid-input.ts'
import { procedureUris } from '../../../realms/uris.ts'

function procedureOf(uri: string): Procedure {
  const found = catalogue.find((procedure) => procedure.uri === uri)
  assert.ok(found)
  return found
}

function complaint(uri: string, input: Record<string, unknown>): string {
  const { input: schema, secrets = [] } = procedureOf(uri)
  const parsed = schema.safeParse(input)
  assert.ok(!parsed.success, 'it was accepted')
  return describeInvalidInput(parsed.error, input, schema, secrets)
}

describe('an input that its schema refuses', () => {
  const grant = { to: 'guest', ecosystem: 'home', level: 3 }

  it('names the key, what was found and what is allowed', () => {
    assert.equal(
      complaint(procedureUris.grantCreate, { ...grant, level: 0 }),
      'level: found 0, allowed is a whole number from 1 to 99',
    )
    assert.equal(
      complaint(procedureUris.grantCreate, { ...grant, level: '3' }),
      'level: found "3", allowed is a whole number from 1 to 99',
    )
    assert.equal(
      complaint(procedureUris.grantCreate, { ...grant, ecosystem: 'Home!' }),
      'ecosystem: found "Home!", allowed is 1 to 64 of a to z, 0 to 9 and _',
    )
  })

  it('names a key that is missing', () => {
    assert.equal(
      complaint(procedureUris.ecosystemCreate, { name: 'Home' }),
      'id: missing, needed: 1 to 64 of a to z, 0 to 9 and _',
    )
  })

  it('names a key that it does not know, and those that it does', () => {
    assert.equal(
      complaint(procedureUris.grantRevoke, { id: 'g_1', expires: '2d' }),
      'unknown key "expires", allowed is id',
    )
  })

  it('names the choices', () => {
    assert.equal(
      complaint(procedureUris.authzCheck, { as: 'guest', action: 'open', uri: 'safe.open' }),
      'action: found "open", allowed is call, register, subscribe, publish',
    )
  })

  it('says what is wrong inside a list', () => {
    assert.match(
      complaint(procedureUris.capabilityAnnounce, {
        capabilities: [
          { uri: 'lamp.switch', action: 'call' },
          { uri: 'lamp switch', action: 'call' },
        ],
      }),
      /^capabilities\.1\.uri: found "lamp switch", allowed is a URI/,
    )
  })

  it('says all that is wrong at once', () => {
    const message = complaint(procedureUris.grantCreate, { to: '', ecosystem: 'home', level: 1.5 })
    assert.match(message, /^to: found "".*; level: found 1\.5/)
  })

  it('never repeats a secret', () => {
    const message = complaint(procedureUris.sessionRefresh, { token: 'two words' })
    assert.equal(message, 'token: found something else, allowed is a text without spaces')
  })

  it('repeats no more than a line of what was found', () => {
    const message = complaint(procedureUris.grantCreate, { ...grant, to: 'x'.repeat(10_000) })
    assert.ok(message.length < 200)
  })

  it('refuses attributes that are too many bytes', () => {
    assert.match(
      complaint(procedureUris.capabilityAnnounce, { attributes: { note: 'x'.repeat(20_000) } }),
      /^attributes: found .*, allowed is a dictionary of at most 64 keys and 16384 bytes as JSON$/,
    )
  })

  it('refuses prefixes of the protocol, of the product and of people', () => {
    for (const prefix of ['wamp', 'latchkey.device', 'user', 'lamp.', 'Lamp', 'a..b'])
      assert.match(
        complaint(procedureUris.provisioningTokenCreate, {
          ecosystem: 'home',
          class: 'light',
          prefix,
        }),
        /^prefix: found/,
      )
    const { input } = procedureOf(procedureUris.provisioningTokenCreate)
    const good = { ecosystem: ['home', 'car'], class: 'light', prefix: 'userlamp' }
    assert.ok(input.safeParse(good).success)
  })
})

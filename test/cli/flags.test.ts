import assert from 'node:assert/strict'
import { Command } from 'commander'
import { addFlags, inputOf } from '../../cli/flags.ts'
import { ecosystemTrustIdp } from '../../realms/services/ecosystem/trust-idp.ts'
import { idpAdd } from '../../realms/services/idp/add.ts'
import { grantCreate } from '../../realms/services/grant/create.ts'

/** What a command line says to `grant create`. */
function said(...args: string[]): Record<string, unknown> {
  const command = new Command().exitOverride()
  addFlags(command, grantCreate)
  command.parse(args, { from: 'user' })
  return inputOf(grantCreate, command.args, command.opts())
}

describe('flags of a command', () => {
  it('take a number for each name, with commas or again and again', () => {
    const uses = { 'door.unlock': 2, '*': 9 }
    assert.deepEqual(said('--to', 'x', '--uses', 'door.unlock=2', '--uses', '*=9')['uses'], uses)
    assert.deepEqual(said('--to', 'x', '--uses', 'door.unlock=2, *=9')['uses'], uses)
    assert.deepEqual(said('--to', 'x', '--uses', JSON.stringify(uses))['uses'], uses)
  })

  it('take a word for each name, as the procedure has them', () => {
    const command = new Command().exitOverride()
    addFlags(command, idpAdd)
    const line = '--issuer http://127.0.0.1:4 --client-id latchkey --ecosystem home --max-level 2'
    command.parse([...line.split(' '), '--acr-map', 'gold=aal2,urn:x:two=aal3'], { from: 'user' })
    assert.deepEqual(inputOf(idpAdd, command.args, command.opts()), {
      issuer: 'http://127.0.0.1:4',
      client_id: 'latchkey',
      ecosystem: 'home',
      max_level: 2,
      acr_map: { gold: 'aal2', 'urn:x:two': 'aal3' },
    })
  })

  it('refuse what is no name and number, and say what is allowed', () => {
    for (const text of ['door.unlock', 'door.unlock=', '=2', 'door.unlock=two', 'a=1,b'])
      assert.throws(
        () => said('--to', 'x', '--uses', text),
        /--uses: found .*, allowed is name=number/,
      )
  })

  it('take what may be one or many', () => {
    assert.equal(said('--to', 'x', '--actions', 'call')['actions'], 'call')
    assert.deepEqual(said('--to', 'x', '--actions', 'call', '--actions', 'publish')['actions'], [
      'call',
      'publish',
    ])
  })

  it('turn on, turn off and leave alone what is either', () => {
    const trust = (...args: string[]): unknown => {
      const command = new Command().exitOverride()
      addFlags(command, ecosystemTrustIdp)
      command.parse(['home', 'http://127.0.0.1:4', ...args], { from: 'user' })
      return inputOf(ecosystemTrustIdp, command.args, command.opts())['enabled']
    }
    assert.deepEqual([trust('--enabled'), trust('--no-enabled'), trust()], [true, false, undefined])
  })
})

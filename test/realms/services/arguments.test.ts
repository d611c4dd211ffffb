import assert from 'node:assert/strict'
import { inputFrom } from '../../../realms/services/arguments.ts'
import { WampError } from '../../../router/wire/errors.ts'

function refusal(...input: Parameters<typeof inputFrom>): string {
  try {
    inputFrom(...input)
  } catch (error) {
    assert.ok(error instanceof WampError)
    assert.equal(error.uri, 'wamp.error.invalid_argument')
    return error.message
  }
  throw new Error('it was accepted')
}

describe('the input of a procedure', () => {
  it('is the keyword arguments', () => {
    assert.deepEqual({ ...inputFrom([], { to: 'guest', level: 3 }, []) }, { to: 'guest', level: 3 })
  })

  it('is the one dictionary among the positional arguments', () => {
    assert.deepEqual({ ...inputFrom([{ to: 'guest' }], {}, ['id']) }, { to: 'guest' })
  })

  it('is made of positional arguments in the order that the command line has', () => {
    const input = inputFrom(['lamp', 'lamp.switch'], { level: 3 }, ['device', 'uri'])
    assert.deepEqual({ ...input }, { device: 'lamp', uri: 'lamp.switch', level: 3 })
  })

  it('refuses a key that is given twice', () => {
    assert.equal(refusal(['a'], { id: 'b' }, ['id']), 'id: given twice, allowed is once')
    assert.equal(refusal([{ id: 'a' }], { id: 'b' }, ['id']), 'id: given twice, allowed is once')
  })

  it('refuses more positional arguments than there are keys for', () => {
    assert.equal(
      refusal(['a', 'b'], {}, ['id']),
      'found 2 positional arguments, allowed is id, or one dictionary',
    )
    assert.equal(
      refusal(['a'], {}, []),
      'found 1 positional arguments, allowed is none, or one dictionary',
    )
  })

  it('takes "__proto__" for a key like any other', () => {
    const hostile = JSON.parse('{"__proto__": {"level": 1}}') as Record<string, unknown>
    const input = inputFrom([], hostile, [])
    assert.deepEqual(Object.keys(input), ['__proto__'])
    assert.equal(input['level'], undefined)
    assert.equal(({} as Record<string, unknown>)['level'], undefined)
  })

  it('does not take an object of a class for a dictionary', () => {
    const input = inputFrom([new Date(0)], {}, ['id'])
    assert.deepEqual(Object.keys(input), ['id'])
  })
})

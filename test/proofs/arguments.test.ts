import assert from 'node:assert/strict'
import fc from 'fast-check'
import { argumentsDigest as digestInClients } from '../../clients/digest.ts'
import { argumentsDigest } from '../../ecosystems/proofs/digest.ts'
import { canonical, canonicalArguments, type Arguments } from '../../proofs/arguments.ts'
import { ProofError } from '../../proofs/proof-error.ts'
import { cbor } from '../../router/wire/cbor.ts'
import { json } from '../../router/wire/json.ts'
import { msgpack } from '../../router/wire/msgpack.ts'

describe('the canonical form of arguments', () => {
  it('is RFC 8785 of the list of both, with keys sorted and numbers as ECMAScript writes them', () => {
    const values = {
      args: [1, 'é\u0001', 4.5, 1e-7, -0, true, null],
      kwargs: { z: [], '€': 1, '\r': 2, a: { b: 1, a: 2 } },
    }
    assert.equal(
      canonicalArguments(values),
      '[[1,"é\\u0001",4.5,1e-7,0,true,null],{"\\r":2,"a":{"a":2,"b":1},"z":[],"€":1}]',
    )
  })

  it('takes absent arguments as empty ones', () => {
    assert.equal(canonicalArguments({}), '[[],{}]')
    assert.equal(canonicalArguments({ args: undefined, kwargs: undefined }), '[[],{}]')
  })

  it('writes bytes and times as WAMP does in JSON, and leaves out what is undefined', () => {
    const values = {
      args: [Buffer.from('abc'), new Uint8Array([255]), new Date(0), undefined, 5n],
      kwargs: { gone: undefined, kept: null },
    }
    assert.equal(
      canonicalArguments(values),
      '[["\\u0000YWJj","\\u0000/w==","1970-01-01T00:00:00.000Z",null,5],{"kept":null}]',
    )
  })

  it('has no special keys', () => {
    const kwargs = JSON.parse('{"__proto__":1,"toJSON":2,"constructor":3}') as Arguments['kwargs']
    assert.equal(canonicalArguments({ kwargs }), '[[],{"__proto__":1,"constructor":3,"toJSON":2}]')
  })

  it('is that of the package canonicalize, for any value of JSON', async () => {
    const { default: canonicalize } = await import('canonicalize')
    fc.assert(
      fc.property(fc.jsonValue({ stringUnit: 'grapheme' }), (value) => {
        // What we refuse is none of its business.
        fc.pre(!/\d{16}|e\+/.test(JSON.stringify(value)))
        assert.equal(canonical(value), canonicalize(value))
      }),
    )
  })

  it('holds bytes longer than a call of a function may have arguments', () => {
    const bytes = Buffer.alloc(300_000, 7)
    assert.equal(canonical(bytes), `"\\u0000${bytes.toString('base64')}"`)
  })

  const refused: [string, unknown][] = [
    ['a whole number beyond 2^53 - 1', 2 ** 53],
    ['a negative one', -(2 ** 53)],
    ['a large float that is a whole number', 1e300],
    ['an integer of 64 bits', 2n ** 60n],
    ['what is no number', Number.NaN],
    ['what is not finite', -Infinity],
    ['half a surrogate pair', 'a\ud800'],
    ['half a surrogate pair as a key', { '\udc00': 1 }],
    ['a time that is none', new Date(Number.NaN)],
    ['a value of a class', new Map([[1, 2]])],
    ['nothing at all, deep down', Array.from({ length: 70 }).reduce((inner) => [inner], 1)],
  ]
  for (const [what, value] of refused)
    it(`is refused for ${what}`, async () => {
      const isRefusal = (error: unknown): boolean =>
        error instanceof ProofError && error.problem === 'arguments'
      assert.throws(() => argumentsDigest({ args: [value] }), isRefusal)
      await assert.rejects(digestInClients({ args: [value] }), isRefusal)
    })
})

describe('args_sha256', () => {
  const values = {
    args: [true, 'x', 1.5, [1, [2]], Buffer.from([0, 255]), -1, 2 ** 40],
    kwargs: { b: { d: null, c: 'ü' }, a: [] },
  }

  it('is 64 of lower-case hex, and the same in the house and in clients', async () => {
    const digest = argumentsDigest(values)
    assert.match(digest, /^[0-9a-f]{64}$/)
    assert.equal(await digestInClients(values), digest)
  })

  for (const serializer of [json, msgpack, cbor])
    it(`is the same after ${serializer.name}`, async () => {
      const tail = serializer.encodeTail(values)
      const read = serializer.decodeTail(Buffer.from(tail), 2)
      assert.equal(argumentsDigest(read), argumentsDigest(values))
      assert.equal(await digestInClients(read), argumentsDigest(values))
    })

  for (const serializer of [json, msgpack, cbor])
    it(`is refused for an integer of 64 bits after ${serializer.name}`, () => {
      const tail = Buffer.from(serializer.encodeTail({ args: [2n ** 60n + 1n] }))
      assert.throws(
        () => argumentsDigest(serializer.decodeTail(tail, 1)),
        /whole number beyond 2\^53 - 1/,
      )
    })

  it('differs with a value, a key, an order of args, and between args and kwargs', () => {
    const all = [
      {},
      { args: [1] },
      { args: [2] },
      { args: ['1'] },
      { args: [1, 2] },
      { args: [2, 1] },
      { kwargs: { a: 1 } },
      { kwargs: { b: 1 } },
      { args: [{ a: 1 }] },
      { args: [1], kwargs: { a: 1 } },
    ].map(argumentsDigest)
    assert.equal(new Set(all).size, all.length)
  })
})

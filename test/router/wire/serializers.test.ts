import assert from 'node:assert/strict'
import { cbor } from '../../../router/wire/cbor.ts'
import { json } from '../../../router/wire/json.ts'
import { msgpack } from '../../../router/wire/msgpack.ts'
import { serializerForRawSocket, serializers } from '../../../router/wire/serializers.ts'

describe('the table of serializers', () => {
  it('finds each by its number in the RawSocket handshake', () => {
    assert.equal(serializerForRawSocket(1), json)
    assert.equal(serializerForRawSocket(2), msgpack)
    assert.equal(serializerForRawSocket(3), cbor)
    assert.equal(serializerForRawSocket(0), undefined)
    assert.equal(serializerForRawSocket(15), undefined)
  })

  it('names each only once', () => {
    assert.equal(new Set(serializers.map(({ name }) => name)).size, serializers.length)
    assert.equal(
      new Set(serializers.map(({ subprotocol }) => subprotocol)).size,
      serializers.length,
    )
    assert.equal(
      new Set(serializers.map(({ rawSocketId }) => rawSocketId)).size,
      serializers.length,
    )
  })
})

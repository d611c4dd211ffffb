import assert from 'node:assert/strict'
import { memoryRouter, type MemoryRouter } from '../support/memory-router.ts'
import type { Wire } from '../support/wamp-client.ts'

const passthru = { ppt_scheme: 'x_own', ppt_serializer: 'cbor' }

describe('A feature that HELLO did not announce', () => {
  /** The reason of the ABORT with which a message is answered, and its text; `undefined`: there is none. */
  const abortOf = (house: MemoryRouter, message: Wire, roles?: unknown): unknown => {
    const client = house.join(roles === undefined ? {} : { roles })
    const abort = client.ask(message).find(([type]) => type === 3)
    if (abort === undefined) return undefined
    assert.equal(client.closedFor, 'aborted')
    return abort[2]
  }

  it('ends the session that uses it with ABORT protocol_violation: ppt_* always, CALL progress where the realm is strict', () => {
    const strict = memoryRouter(undefined, { realm: { tolerate: { unannouncedFeatures: false } } })
    const tolerant = memoryRouter()
    const violation = 'wamp.error.protocol_violation'
    const progress: Wire = [48, 1, { progress: true }, 'film.record', ['a']]
    for (const message of [
      [48, 1, passthru, 'lamp.switch', ['sealed']],
      [16, 1, passthru, 'house.door', ['sealed']],
    ]) {
      assert.equal(abortOf(strict, message), violation)
      assert.equal(abortOf(tolerant, message), violation)
    }
    assert.equal(abortOf(strict, progress), violation)
    assert.equal(abortOf(tolerant, progress), undefined)
    // Announced, each is no fault.
    const announced = {
      features: { payload_passthru_mode: true, progressive_call_invocations: true },
    }
    const roles = { caller: announced, publisher: announced }
    assert.equal(abortOf(strict, progress, roles), undefined)
    assert.equal(abortOf(strict, [48, 1, passthru, 'lamp.switch', ['sealed']], roles), undefined)
    assert.equal(abortOf(strict, [16, 1, passthru, 'house.door', ['sealed']], roles), undefined)
  })
})

import assert from 'node:assert/strict'
import { Epochs } from '../../ecosystems/epochs.ts'

describe('epochs', () => {
  it('move for their own key alone', () => {
    const epochs = new Epochs()
    epochs.move('a')
    epochs.move('b')
    const [a, b] = [epochs.of('a'), epochs.of('b')]
    const seen = b.value
    epochs.move('a')
    assert.equal(b.value, seen)
    assert.notEqual(a.value, seen)
  })

  it('tell whoever asked about a key that did not exist when it comes', () => {
    const epochs = new Epochs()
    const unknown = epochs.of('ghost')
    const seen = unknown.value
    epochs.move('ghost')
    assert.notEqual(unknown.value, seen)
  })

  it('cost no memory for keys that are only asked about', () => {
    const epochs = new Epochs()
    assert.equal(epochs.of('x'), epochs.of('y'))
  })
})

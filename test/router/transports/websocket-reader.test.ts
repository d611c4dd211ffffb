import assert from 'node:assert/strict'
import { setImmediate } from 'node:timers/promises'
import fc from 'fast-check'
import type { Writable } from 'node:stream'
import { WebSocketReader } from '../../../router/transports/websocket-reader.ts'
import { Receiver } from '../../support/ws-receiver.ts'

interface Frame {
  readonly opcode: number
  readonly content: Uint8Array
  readonly fin: boolean
  readonly mask: Uint8Array
}

/** A frame as a client sends it. */
function written({ opcode, content, fin, mask }: Frame): Buffer {
  const { length } = content
  const head = length < 126 ? [0x80 | length] : [0x80 | 126, length >> 8, length & 0xff]
  if (length >= 0x10000) head.splice(0, 3, 0x80 | 127, 0, 0, 0, 0, 0, length >> 16, 0, 0)
  const masked = content.map((byte, i) => byte ^ (mask[i % 4] ?? 0))
  return Buffer.concat([Buffer.from([(fin ? 0x80 : 0) | opcode, ...head]), mask, masked])
}

/** What the receiver of ws finds in the same bytes: the oracle. */
function receiver(found: string[]): Writable {
  const target = new Receiver({ isServer: true, skipUTF8Validation: true })
  const note = (kind: string) => (data: Buffer) => found.push(`${kind} ${data.toString('hex')}`)
  target.on('message', (data: Buffer, isBinary: boolean) =>
    note(isBinary ? 'binary' : 'text')(data),
  )
  target.on('ping', note('ping'))
  target.on('pong', note('pong'))
  target.on('error', () => found.push('error'))
  return target
}

const controls: Readonly<Record<number, string>> = { 8: 'close', 9: 'ping', 10: 'pong' }

/** A reader whose odd bytes go to the receiver of ws, as in a transport. */
class Reading {
  readonly found: string[] = []
  readonly others: Buffer[] = []
  readonly lengths: number[] = []
  listens = true
  maxMessageBytes = 10_000
  readonly reader = new WebSocketReader(this)
  readonly #receiver = receiver(this.found)
  onMessage: () => void = () => undefined

  message(isBinary: boolean, bytes: Buffer, start: number, stop: number): void {
    this.found.push(`${isBinary ? 'binary' : 'text'} ${bytes.toString('hex', start, stop)}`)
    this.onMessage()
  }

  control(opcode: number, content: Buffer): void {
    this.found.push(`${controls[opcode] ?? ''} ${content.toString('hex')}`)
  }

  tooLong(bytes: number): void {
    this.lengths.push(bytes)
  }

  other(bytes: Buffer): void {
    this.others.push(bytes)
    this.#receiver.write(bytes)
  }
}

const mask = fc.uint8Array({ minLength: 4, maxLength: 4 })
const data = (opcode: number, fin: boolean) =>
  fc.record({
    opcode: fc.constant(opcode),
    content: fc.uint8Array({ maxLength: 300 }),
    fin: fc.constant(fin),
    mask,
  })
const control = fc.record({
  opcode: fc.constantFrom(9, 10),
  content: fc.uint8Array({ maxLength: 125 }),
  fin: fc.constant(true),
  mask,
})
const whole = fc.constantFrom(1, 2).chain((opcode) => data(opcode, true))
const fragmented = fc
  .tuple(data(1, false), fc.option(control, { nil: undefined }), data(0, false), data(0, true))
  .map((frames) => frames.filter((frame) => frame !== undefined))
const stream = fc
  .array(
    fc.oneof(
      { weight: 4, arbitrary: whole.map((frame) => [frame]) },
      control.map((frame) => [frame]),
      fragmented,
    ),
    { maxLength: 12 },
  )
  .map((groups) => Buffer.concat(groups.flat().map(written)))

function chunksOf(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b)
  return [0, ...places].map((from, i) =>
    Buffer.from(bytes.subarray(from, places[i] ?? bytes.length)),
  )
}

const masked = (opcode: number, text: string, fin = true): Buffer =>
  written({ opcode, content: Buffer.from(text), fin, mask: Buffer.from('a1b2c3d4', 'hex') })
const hex = (text: string): string => Buffer.from(text).toString('hex')

describe('WebSocketReader', () => {
  it('finds in any stream of frames, cut anywhere, what the receiver of ws finds', () => {
    fc.assert(
      fc.property(stream, fc.array(fc.nat(3_000), { maxLength: 8 }), (bytes, cuts) => {
        const expected: string[] = []
        receiver(expected).write(Buffer.from(bytes))
        const reading = new Reading()
        for (const chunk of chunksOf(bytes, cuts)) reading.reader.receive(chunk)
        assert.deepEqual(reading.found, expected)
      }),
      { numRuns: 500 },
    )
  })

  it('finds the same octet by octet', () => {
    const bytes = Buffer.concat([
      masked(1, 'one'),
      masked(9, 'p'),
      masked(1, 'two', false),
      masked(0, '!'),
    ])
    const reading = new Reading()
    for (const byte of bytes) reading.reader.receive(Buffer.of(byte))
    assert.deepEqual(reading.found, [
      `text ${hex('one')}`,
      `ping ${hex('p')}`,
      `text ${hex('two!')}`,
    ])
  })

  it('gives nothing of a message or a control frame that came whole to ws', () => {
    const reading = new Reading()
    reading.reader.receive(
      Buffer.concat([
        masked(1, 'a'),
        masked(9, 'p'),
        masked(2, 'b'.repeat(1_000)),
        masked(10, ''),
        masked(1, ''),
        masked(8, 'end'),
      ]),
    )
    assert.deepEqual(reading.found, [
      `text ${hex('a')}`,
      `ping ${hex('p')}`,
      `binary ${hex('b'.repeat(1_000))}`,
      'pong ',
      'text ',
      `close ${hex('end')}`,
    ])
    assert.deepEqual(reading.others, [])
  })

  it('leaves what is forbidden to ws, which refuses it, and takes nothing behind it', async () => {
    const unmaskedText = Buffer.from('810161', 'hex')
    const withExtension = masked(1, 'a')
    withExtension[0] = 0xc1
    const amidFragments = Buffer.concat([masked(1, 'a', false), masked(1, 'b')])
    for (const bytes of [
      unmaskedText,
      withExtension,
      amidFragments,
      masked(3, ''),
      masked(0, 'a'),
      masked(9, '', false),
      masked(9, 'x'.repeat(126)),
    ]) {
      const reading = new Reading()
      reading.reader.receive(Buffer.concat([bytes, masked(1, 'behind')]))
      await setImmediate()
      assert.deepEqual(reading.found, ['error'])
    }
  })

  it('gives on one message at a time while it is listened to, and the rest in its order later', () => {
    const reading = new Reading()
    reading.onMessage = () => (reading.listens = false)
    reading.reader.receive(
      Buffer.concat([masked(1, 'a'), masked(9, ''), masked(1, 'b'), masked(1, 'c')]),
    )
    reading.reader.receive(masked(1, 'd'))
    assert.deepEqual(reading.found, [`text ${hex('a')}`])
    for (const expected of [`text ${hex('b')}`, `text ${hex('c')}`, `text ${hex('d')}`]) {
      reading.listens = true
      reading.reader.take()
      assert.equal(reading.found.at(-1), expected)
    }
    assert.deepEqual(reading.found[1], 'ping ')
  })

  it('is not entered twice by who begins to listen again while it is given a message', () => {
    const reading = new Reading()
    reading.onMessage = () => reading.reader.take()
    reading.reader.receive(Buffer.concat([masked(1, 'a'), masked(1, 'b')]))
    assert.deepEqual(reading.found, [`text ${hex('a')}`, `text ${hex('b')}`])
  })

  it('tells that a message is too long from the head of its frame on, and of fragments from their sum on', () => {
    const announced = masked(1, 'x'.repeat(200)).subarray(0, 8)
    const reading = new Reading()
    reading.maxMessageBytes = 150
    reading.reader.receive(announced)
    assert.deepEqual([reading.lengths, reading.others], [[200], []])
    const fragments = new Reading()
    fragments.maxMessageBytes = 150
    fragments.reader.receive(masked(1, 'x'.repeat(100), false))
    fragments.reader.receive(masked(9, 'p'.repeat(100)))
    assert.deepEqual(fragments.lengths, [])
    fragments.reader.receive(masked(0, 'x'.repeat(51)).subarray(0, 6))
    assert.deepEqual(fragments.lengths, [151])
  })

  it('takes nothing any more after what is too long, after a close frame, and when it is told to end', () => {
    const long = new Reading()
    long.maxMessageBytes = 10
    long.reader.receive(Buffer.concat([masked(1, 'x'.repeat(11)).subarray(0, 9), masked(1, 'a')]))
    long.reader.receive(masked(1, 'b'))
    assert.deepEqual(long.found, [])
    const closed = new Reading()
    closed.reader.receive(Buffer.concat([masked(8, ''), masked(9, ''), masked(1, 'a')]))
    assert.deepEqual([closed.found, closed.others], [['close '], []])
    const inPieces = new Reading()
    inPieces.reader.receive(masked(8, 'xy').subarray(0, 7))
    inPieces.reader.receive(Buffer.concat([masked(8, 'xy').subarray(7), masked(1, 'a')]))
    assert.deepEqual([inPieces.found, inPieces.others.length], [[], 2])
    const ended = new Reading()
    ended.reader.end()
    ended.reader.receive(masked(1, 'a'))
    assert.deepEqual(ended.found, [])
  })
})

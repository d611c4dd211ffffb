import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { Outbox } from '../../../router/outbox.ts'
import { SocketWriter } from '../../../router/transports/socket-writer.ts'

describe('SocketWriter', () => {
  let server: Server
  let socket: Socket
  let reader: Socket
  let writer: SocketWriter
  let writes: number[]

  beforeEach(async () => {
    server = createServer()
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const accepted = once(server, 'connection')
    const address = server.address()
    reader = connect(typeof address === 'object' ? (address?.port ?? 0) : 0, '127.0.0.1')
    ;[socket] = (await accepted) as [Socket]
    await once(reader, 'connect')
    writes = []
    const counted = socket as unknown as Record<'_write' | '_writev', (...args: never[]) => void>
    for (const name of ['_write', '_writev'] as const) {
      const original = counted[name].bind(socket) as (...args: unknown[]) => void
      counted[name] = (...args: unknown[]) => {
        writes.push(name === '_write' ? 1 : (args[0] as unknown[]).length)
        original(...args)
      }
    }
    writer = new SocketWriter(
      socket,
      new Outbox((error) => {
        throw error
      }),
    )
  })

  afterEach(() => {
    reader.destroy()
    socket.destroy()
    server.close()
  })

  async function read(bytes: number): Promise<Buffer> {
    const chunks: Buffer[] = []
    let length = 0
    while (length < bytes) {
      const [chunk] = (await once(reader, 'data')) as [Buffer]
      chunks.push(chunk)
      length += chunk.length
    }
    return Buffer.concat(chunks)
  }

  /** Puts a frame together in place, as codecs do. */
  function put(to: SocketWriter, frame: string | Buffer): void {
    const bytes = Buffer.from(frame)
    const at = to.reserve(bytes.length)
    to.bytes.set(bytes, at)
    to.commit(bytes.length)
  }

  it('writes the frames of one tick at once, in their order', async () => {
    const frames = Array.from({ length: 100 }, (_, i) => Buffer.from(`frame ${i};`))
    for (const frame of frames) writer.write(frame)
    assert.equal(writer.pendingBytes, Buffer.concat(frames).length)
    assert.deepEqual(await read(Buffer.concat(frames).length), Buffer.concat(frames))
    assert.deepEqual(writes, [1])
    assert.equal(writer.pendingBytes, 0)
  })

  it('writes a lone frame as it is, without a copy', async () => {
    const frame = Buffer.from('lone')
    writer.write(frame)
    assert.deepEqual(writes, [])
    assert.deepEqual(await read(4), frame)
    assert.deepEqual(writes, [1])
  })

  it('does not copy long frames: they go out with the others in one gathered write', async () => {
    const frames = [Buffer.from('a'), Buffer.alloc(20_000, 'b'), Buffer.from('c')]
    for (const frame of frames) writer.write(frame)
    assert.deepEqual(await read(20_002), Buffer.concat(frames))
    assert.deepEqual(writes, [3])
  })

  it('writes before the end of the tick from 64 KiB on, and what comes behind at its end', async () => {
    const frame = Buffer.alloc(8_000, 'x')
    for (let i = 0; i < 10; i++) writer.write(frame)
    assert.equal(writes.length, 1)
    assert.ok(writer.pendingBytes < 65_536)
    assert.equal((await read(80_000)).length, 80_000)
    assert.equal(writes.length, 2)
  })

  it('keeps the order of frames and of what others write after `flush`', async () => {
    writer.write(Buffer.from('frame'))
    writer.flush()
    socket.write('other')
    writer.write(Buffer.from('behind'))
    assert.equal((await read(16)).toString(), 'frameotherbehind')
  })

  it('puts together what goes to one socket without touching what another has not taken yet', async () => {
    const other = connect(reader.remotePort ?? 0, '127.0.0.1')
    const [second] = (await once(server, 'connection')) as [Socket]
    try {
      const outbox = new Outbox((error) => {
        throw error
      })
      const beside = new SocketWriter(second, outbox)
      reader.pause()
      let round = 0
      let sent = 0
      /** Ten frames of 1 KB, which say which round they are of. */
      const write = (to: SocketWriter): void => {
        const frame = Buffer.alloc(1_000, `${round} `)
        for (let i = 0; i < 10; i++) {
          if (round % 2 === 0) to.write(frame)
          else put(to, frame)
        }
        to.flush()
      }
      // Until the system takes no more, and some rounds behind that.
      for (let left = 5; left > 0; round++) {
        write(writer)
        sent++
        write(beside)
        await once(other, 'data')
        if (socket.writableLength > 0) left--
      }
      reader.resume()
      const all = await read(sent * 10_000)
      for (let at = 0; at < all.length; at += 1_000) {
        const expected = Buffer.alloc(1_000, `${Math.floor(at / 10_000)} `)
        assert.ok(all.subarray(at, at + 1_000).equals(expected), `frame at ${at}`)
      }
      assert.equal(socket.writableLength, 0)
      // It is as before for a socket that takes everything again.
      write(writer)
      assert.equal((await read(10_000)).toString('utf8', 0, 4), `${round} `.repeat(4).slice(0, 4))
    } finally {
      other.destroy()
      second.destroy()
    }
  })

  it('writes at once what was put together in place, however much more it is than in the tick before', async () => {
    for (const count of [1, 3, 200, 1, 900, 2]) {
      const frames = Array.from({ length: count }, (_, i) => `frame ${i};`)
      for (const frame of frames) put(writer, frame)
      const expected = frames.join('')
      assert.equal(writer.pendingBytes, expected.length)
      assert.equal((await read(expected.length)).toString(), expected)
      assert.deepEqual(writes.splice(0), [1])
    }
  })

  it('keeps the order of finished frames and of those that are put together in place, short and long', async () => {
    const sizes = [1, 70, 5_000, 20_000, 70_000, 200_000]
    const frames = Array.from({ length: 300 }, (_, i) =>
      Buffer.alloc(sizes[(i * 7 + (i >> 3)) % sizes.length] ?? 1, `${i},`),
    )
    const reading = read(frames.reduce((sum, { length }) => sum + length, 0))
    for (const [i, frame] of frames.entries()) {
      if ((i * 5 + (i >> 2)) % 3 === 0) writer.write(frame)
      else put(writer, frame)
      if (i % 11 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    assert.ok((await reading).equals(Buffer.concat(frames)))
    assert.equal(writer.pendingBytes, 0)
  })

  /** Writes to what is reserved and thinks better of it. */
  function abandon(length: number): void {
    const at = writer.reserve(length)
    writer.bytes.fill(0xff, at)
  }

  it('sends nothing of a frame that is not committed, and holds on to no memory for it', async () => {
    for (const length of [10, 10_000, 100_000]) {
      abandon(length)
      assert.equal(writer.pendingBytes, 0)
      put(writer, 'short')
      abandon(length)
      assert.equal((await read(5)).toString(), 'short')
      assert.equal(writer.bytes.length, 0)
    }
    writer.reserve(50_000)
    await new Promise((resolve) => setImmediate(resolve))
    assert.equal(writer.bytes.length, 0)
  })

  it('gives memory to many sockets at once, and has none of them write into another’s', async () => {
    const writers = [writer]
    const readers = [reader]
    const sockets = [socket]
    const outbox = new Outbox((error) => {
      throw error
    })
    try {
      for (let i = 0; i < 9; i++) {
        const accepted = once(server, 'connection')
        readers.push(connect(reader.remotePort ?? 0, '127.0.0.1'))
        const [one] = (await accepted) as [Socket]
        sockets.push(one)
        writers.push(new SocketWriter(one, outbox))
      }
      for (let round = 0; round < 5; round++) {
        const heard = readers.map(async (one) => {
          let bytes = Buffer.alloc(0)
          while (bytes.length < 10_000)
            bytes = Buffer.concat([bytes, ((await once(one, 'data')) as [Buffer])[0]])
          return bytes
        })
        for (let i = 0; i < 10; i++)
          for (const [k, each] of writers.entries()) put(each, Buffer.alloc(1_000, `${round}${k}`))
        for (const [k, bytes] of (await Promise.all(heard)).entries())
          assert.ok(bytes.equals(Buffer.alloc(10_000, `${round}${k}`)), `${round}, ${k}`)
      }
    } finally {
      for (const one of [...readers, ...sockets]) one.destroy()
    }
  })

  it('never changes a frame, as it is other receivers’ too', async () => {
    const shared = Buffer.from('shared')
    writer.write(shared)
    writer.write(shared)
    await read(12)
    assert.equal(shared.toString(), 'shared')
  })
})

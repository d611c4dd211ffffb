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
        for (let i = 0; i < 10; i++) to.write(Buffer.alloc(1_000, `${round} `))
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

  it('never changes a frame, as it is other receivers’ too', async () => {
    const shared = Buffer.from('shared')
    writer.write(shared)
    writer.write(shared)
    await read(12)
    assert.equal(shared.toString(), 'shared')
  })
})

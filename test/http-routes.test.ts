import assert from 'node:assert/strict'
import { once } from 'node:events'
import {
  createServer,
  get,
  IncomingMessage,
  ServerResponse,
  type RequestListener,
  type Server,
} from 'node:http'
import { text } from 'node:stream/consumers'
import { Socket, type AddressInfo } from 'node:net'
import { withRoutes, type HttpRoute } from '../http-routes.ts'
import { eventually } from './support/eventually.ts'

describe('the routes of the HTTP port', () => {
  let server: Server
  afterEach(
    () =>
      new Promise((resolve) => {
        server.close(resolve)
        server.closeAllConnections()
      }),
  )

  const route = (path: string, words: string): HttpRoute => ({
    takes: ({ url }) => url === path,
    serve: (_request, response) => void response.end(words),
  })
  const rest: RequestListener = (_request, response) => response.end('the rest')
  const listen = async (routes: readonly HttpRoute[], perAddress = 8): Promise<number> => {
    server = createServer(withRoutes(routes, rest, { perAddress }))
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve)
    })
    return (server.address() as AddressInfo).port
  }
  const serve = async (...routes: HttpRoute[]): Promise<(path: string) => Promise<string>> => {
    const port = await listen(routes)
    return async (path) => (await fetch(`http://127.0.0.1:${port}${path}`)).text()
  }

  it('are asked in their order, and what none of them takes is for the rest', async () => {
    const ask = await serve(route('/a', 'first'), route('/a', 'second'), route('/b', 'third'))
    assert.deepEqual(
      [await ask('/a'), await ask('/b'), await ask('/c')],
      ['first', 'third', 'the rest'],
    )
  })

  it('cost nothing where there are none', async () => {
    const ask = await serve()
    assert.equal(await ask('/a'), 'the rest')
  })

  it('have no more than so many requests of one address under way, and others’ all the same', async () => {
    const held: ServerResponse[] = []
    const slow: HttpRoute = {
      takes: ({ url }) => url === '/slow',
      serve: (_request, response) => void held.push(response),
    }
    const port = await listen([slow, route('/a', 'first')], 2)
    const ask = (path: string): Promise<Response> => fetch(`http://127.0.0.1:${port}${path}`)
    const answers = [ask('/slow'), ask('/slow')]
    await eventually(() => Promise.resolve(assert.equal(held.length, 2)))
    for (const path of ['/slow', '/a']) {
      const refused = await ask(path)
      assert.deepEqual([refused.status, refused.headers.get('retry-after')], [429, '1'])
      assert.deepEqual(await refused.json(), { error: 'too_many_requests' })
    }
    assert.equal(await (await ask('/elsewhere')).text(), 'the rest')
    const other = get({ port, path: '/a', host: '127.0.0.1', localAddress: '127.0.0.2' })
    const [answer] = (await once(other, 'response')) as [IncomingMessage]
    assert.equal(await text(answer), 'first')
    for (const response of held) response.end('at last')
    for (const each of answers) assert.equal(await (await each).text(), 'at last')
    await eventually(async () => assert.equal((await ask('/a')).status, 200))
  })

  it('take a network of IPv6 for one address', () => {
    const served: unknown[] = []
    const all: HttpRoute = {
      takes: () => true,
      serve: (_request, response) => void served.push(response),
    }
    const listener = withRoutes([all], rest, { perAddress: 1 })
    const from = (remoteAddress: string | undefined): boolean => {
      const before = served.length
      const request = new IncomingMessage(new Socket())
      Object.defineProperty(request.socket, 'remoteAddress', { value: remoteAddress })
      listener(request, new ServerResponse(request))
      return served.length > before
    }
    for (const [address, isServed] of [
      ['2001:db8::1', true],
      ['2001:db8:0:0:ffff::2', false],
      ['2001:db8::5:0:0:0:7', true],
      ['2001:db8:0:1::1', true],
      ['::1', true],
      ['::ffff:10.0.0.1', true],
      ['::ffff:10.0.0.2', true],
      ['10.0.0.1', true],
      ['10.0.0.1', false],
      // A proxy on this machine brings everybody.
      [undefined, true],
      [undefined, true],
    ] as const)
      assert.equal(from(address), isServed, address)
  })
})

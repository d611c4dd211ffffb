import assert from 'node:assert/strict'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { withRoutes, type HttpRoute } from '../http-routes.ts'

describe('the routes of the HTTP port', () => {
  let server: Server
  afterEach(
    () =>
      new Promise((resolve) => {
        server.close(resolve)
        server.closeAllConnections()
      }),
  )

  const route =
    (path: string, text: string): HttpRoute =>
    (request, response) => {
      if (request.url !== path) return false
      response.end(text)
      return true
    }
  const serve = async (...routes: HttpRoute[]): Promise<(path: string) => Promise<string>> => {
    server = createServer(withRoutes(routes, (_request, response) => response.end('the rest')))
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve)
    })
    const { port } = server.address() as AddressInfo
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
})

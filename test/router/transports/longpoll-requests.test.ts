import assert from 'node:assert/strict'
import {
  ask,
  openLongPoll,
  type HttpAnswer,
  type HttpRequest,
} from '../../support/longpoll-line.ts'
import { startOpenRouter, type OpenRouter } from '../../support/open-router.ts'
import { allRoles } from '../../support/wamp-client.ts'

const foreign = 'https://evil.example'
const friend = 'https://house.example'

describe('A long-poll request', () => {
  let open: OpenRouter

  beforeEach(async () => {
    open = await startOpenRouter({ webSocket: { origins: [friend] } })
  })
  afterEach(() => open.stop())

  const at = (path: string): string => `${open.longPollUrl}/${path}`
  const opening = (request: HttpRequest = {}): Promise<HttpAnswer> =>
    ask(at('open'), { ...request, body: '{"protocols":["wamp.2.json"]}' })
  const opened = (): Promise<string> => openLongPoll(open.longPollUrl, 'wamp.2.json')

  it('for a transport that is not there is answered with 404, and so is any other path below', async () => {
    const id = await opened()
    for (const path of [
      'x/receive',
      'x/send',
      'x/close',
      id,
      `${id}/`,
      `${id}/other`,
      `${id}/send/x`,
      '',
      'open/',
    ])
      assert.equal((await ask(at(path))).status, 404, path)
  })

  it('other than POST is answered with 405', async () => {
    const id = await opened()
    for (const method of ['GET', 'HEAD', 'PUT', 'OPTIONS'])
      for (const path of ['open', `${id}/receive`]) {
        const { status, headers } = await ask(at(path), { method })
        assert.deepEqual([status, headers.allow], [405, 'POST'])
      }
  })

  it('of a page of a foreign origin is refused with 403, whatever it asks', async () => {
    const id = await opened()
    for (const origin of [foreign, 'null'])
      for (const path of ['open', `${id}/receive`, `${id}/send`, `${id}/close`])
        for (const method of ['POST', 'OPTIONS'])
          assert.equal((await ask(at(path), { method, headers: { origin } })).status, 403)
  })

  it('of a listed page may be read by it, after a preflight and with its cookies', async () => {
    const own = new URL(open.longPollUrl).origin
    for (const origin of [friend, own]) {
      const preflight = await ask(at('open'), { method: 'OPTIONS', headers: { origin } })
      assert.equal(preflight.status, 204)
      assert.equal(preflight.headers['access-control-allow-origin'], origin)
      assert.equal(preflight.headers['access-control-allow-methods'], 'POST')
      const answer = await opening({ headers: { origin } })
      assert.equal(answer.headers['access-control-allow-origin'], origin)
      assert.equal(answer.headers.vary, 'origin')
      const credentials = answer.headers['access-control-allow-credentials']
      assert.equal(credentials, origin === friend ? 'true' : undefined)
    }
  })

  it('says nothing of what it brings to caches', async () => {
    const { headers } = await opening()
    assert.equal(headers['cache-control'], 'no-store')
    assert.equal(headers['x-content-type-options'], 'nosniff')
  })

  it('tells cookies, origin and user agent of who opened to authenticators', async () => {
    const headers = { cookie: 'a=1; b=2', origin: friend, 'user-agent': 'a browser' }
    const answer = await opening({ headers })
    const { transport: id } = JSON.parse(answer.body.toString()) as { transport: string }
    const body = JSON.stringify([1, 'realm1', { roles: allRoles }])
    await ask(at(`${id}/send`), { body })
    await ask(at(`${id}/receive`))
    const [session] = open.realm1.sessions.values()
    assert.deepEqual(session?.facts, {
      transport: 'longpoll',
      address: '127.0.0.1',
      operator: false,
      cookies: { a: '1', b: '2' },
      origin: friend,
      userAgent: 'a browser',
    })
  })
})

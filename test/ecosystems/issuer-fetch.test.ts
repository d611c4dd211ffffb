import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { fetchJson } from '../../ecosystems/issuer-fetch.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { serveOn } from './trusted-issuers.ts'

const bounds = { timeoutMs: 2_000, maxBodyBytes: 1_000 }

describe('A question to an issuer', () => {
  const clock = new ManualClock()
  const { fetch } = globalThis
  let asked: { request: IncomingMessage; body: string }[]
  let server: Awaited<ReturnType<typeof serveOn>>

  beforeEach(async () => {
    asked = []
    server = await serveOn((request, response) => {
      void text(request).then((body) => {
        asked.push({ request, body })
        response.end('{"kept":true}')
      })
    })
  })

  afterEach(async () => {
    globalThis.fetch = fetch
    await server.close()
  })

  it('goes without fetch, which would make every byte that is read later cost more', async () => {
    globalThis.fetch = () => Promise.reject(new Error('not by fetch'))
    assert.deepEqual(await fetchJson(server.address, bounds, clock), { kept: true })
  })

  it('is a GET that takes JSON, or a form by POST, with the headers that it was given', async () => {
    const form = new URLSearchParams({ token: 'a b&c', hint: 'grüße' })
    await fetchJson(`${server.address}/keys?a=1`, bounds, clock)
    await fetchJson(server.address, bounds, clock, { form, headers: { authorization: 'Basic x' } })
    const [get, post] = asked
    assert.deepEqual([get?.request.method, get?.request.url, get?.body], ['GET', '/keys?a=1', ''])
    assert.equal(get?.request.headers.accept, 'application/json')
    assert.equal(post?.request.method, 'POST')
    assert.equal(post.body, form.toString())
    const { authorization, 'content-type': type } = post.request.headers
    assert.equal(authorization, 'Basic x')
    assert.match(String(type), /^application\/x-www-form-urlencoded/)
  })

  it('goes over the connection of the one before, and leaves no timer behind', async () => {
    const sockets = new Set<Socket>()
    for (let i = 0; i < 3; i++) {
      await fetchJson(server.address, bounds, clock)
      for (const { request } of asked) sockets.add(request.socket)
    }
    assert.deepEqual([asked.length, sockets.size, clock.waiting], [3, 1, 0])
  })
})

import assert from 'node:assert/strict'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, request } from 'node:http'
import type { IncomingHttpHeaders, Server } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createPage } from '../page.ts'
import type { PageConfig } from '../page.ts'

const config: PageConfig = {
  realm: 'home',
  issuer: 'http://127.0.0.1:4000/oidc',
  clientId: 'page',
  websocket: '/ws',
}

interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

describe('the page', () => {
  let folder: string
  let server: Server

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'latchkey-page-'))
    const root = join(folder, 'console')
    await mkdir(join(root, 'assets'), { recursive: true })
    await writeFile(join(folder, 'secret.html'), 'secret')
    await writeFile(join(root, 'index.html'), '<!doctype html><title>Latchkey</title>')
    await writeFile(join(root, 'favicon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>')
    await writeFile(join(root, 'assets/main-a1b2c3.js'), 'export {}')
    server = createServer(createPage({ root, config }))
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve)
    })
  })

  after(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
    await rm(folder, { recursive: true })
  })

  /** By Node's client, which sends a path as it is given: `fetch` would tidy `..` away. */
  function ask(
    path: string,
    options: { method?: string; headers?: IncomingHttpHeaders; of?: Server } = {},
  ): Promise<Answer> {
    const { method = 'GET', headers = {}, of = server } = options
    const address = of.address()
    assert(address !== null && typeof address === 'object')
    return new Promise((resolve, reject) => {
      const sent = request(
        { host: '127.0.0.1', port: address.port, path, method, headers },
        (response) => {
          let body = ''
          response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk))
          response.on('end', () =>
            resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
          )
        },
      )
      sent.on('error', reject).end()
    })
  }

  it('is served at / and asked for anew each time', async () => {
    const { status, headers, body } = await ask('/?code=abc&state=def')
    assert.equal(status, 200)
    assert.equal(headers['content-type'], 'text/html; charset=utf-8')
    assert.equal(headers['cache-control'], 'no-cache')
    assert.match(body, /Latchkey/)
  })

  it('lets browsers keep for good what carries a hash in its name', async () => {
    const { headers } = await ask('/assets/main-a1b2c3.js')
    assert.equal(headers['content-type'], 'text/javascript; charset=utf-8')
    assert.equal(headers['cache-control'], 'public, max-age=31536000, immutable')
  })

  it('answers 304 to who has it already', async () => {
    const { etag } = (await ask('/')).headers
    for (const tags of [etag, `"other", W/${etag}`, '*']) {
      const { status, body, headers } = await ask('/', { headers: { 'if-none-match': tags } })
      assert.equal(status, 304)
      assert.equal(body, '')
      assert.equal(headers.etag, etag)
    }
    assert.equal((await ask('/', { headers: { 'if-none-match': '"other"' } })).status, 200)
  })

  it('tells which realm, provider and WebSocket are meant, and nothing else', async () => {
    const { headers, body } = await ask('/latchkey.json')
    assert.equal(headers['content-type'], 'application/json; charset=utf-8')
    assert.deepEqual(JSON.parse(body), config)
  })

  it('says that the router is well', async () => {
    const { status, headers, body } = await ask('/healthz')
    assert.equal(status, 200)
    assert.equal(headers['cache-control'], 'no-store')
    assert.deepEqual(JSON.parse(body), { status: 'ok' })
  })

  it('answers HEAD with the headers of GET and no body', async () => {
    const get = await ask('/')
    const head = await ask('/', { method: 'HEAD' })
    assert.equal(head.status, 200)
    assert.equal(head.body, '')
    assert.equal(head.headers['content-length'], String(get.body.length))
    assert.equal(head.headers.etag, get.headers.etag)
  })

  it('answers 404 for what is not there', async () => {
    const { status, headers } = await ask('/nothing')
    assert.equal(status, 404)
    assert.equal(headers['x-content-type-options'], 'nosniff')
  })

  it('answers 405 to other methods, with those it knows', async () => {
    for (const method of ['POST', 'PUT', 'DELETE', 'OPTIONS']) {
      const { status, headers } = await ask('/', { method })
      assert.equal(status, 405)
      assert.equal(headers.allow, 'GET, HEAD')
    }
  })

  it('leads nowhere outside its folder', async () => {
    const paths = [
      '/../secret.html',
      '/assets/../../secret.html',
      '/%2e%2e/secret.html',
      '/..%2fsecret.html',
      '/assets/..\\..\\secret.html',
      '//etc/passwd',
      '/assets',
      '/assets/',
      '/index.html%00.js',
      'http://127.0.0.1/../secret.html',
    ]
    for (const path of paths) {
      const { status, body } = await ask(path)
      assert.equal(status, 404, path)
      assert.doesNotMatch(body, /secret/)
    }
  })

  it('allows its own files, its WebSocket and the provider, and nothing inline', async () => {
    for (const path of ['/', '/nothing', '/latchkey.json']) {
      const { headers } = await ask(path)
      const policy = String(headers['content-security-policy']).split('; ')
      assert.ok(policy.includes("default-src 'self'"))
      assert.ok(policy.includes("connect-src 'self' http://127.0.0.1:4000"))
      assert.ok(policy.includes("frame-ancestors 'none'"))
      assert.doesNotMatch(policy.join(), /unsafe|\*/)
      assert.equal(headers['x-content-type-options'], 'nosniff')
      assert.equal(headers['referrer-policy'], 'no-referrer')
    }
  })

  it('is not there without a configuration, and the router is well all the same', async () => {
    const bare = createServer(createPage({ config: undefined }))
    await new Promise<void>((resolve) => {
      bare.listen(0, '127.0.0.1', resolve)
    })
    try {
      assert.deepEqual(JSON.parse((await ask('/healthz', { of: bare })).body), { status: 'ok' })
      for (const path of ['/', '/latchkey.json', '/index.html'])
        assert.equal((await ask(path, { of: bare })).status, 404)
    } finally {
      bare.closeAllConnections()
      await new Promise((resolve) => bare.close(resolve))
    }
  })

  it('does not start without its files, and says how they are made', async () => {
    const empty = await mkdtemp(join(folder, 'empty-'))
    assert.throws(() => createPage({ root: empty, config }), /no index\.html there.*npm run build/)
    assert.throws(() => createPage({ root: join(empty, 'gone'), config }), /ENOENT/)
  })
})

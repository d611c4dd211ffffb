import assert from 'node:assert/strict'
import { cookiesCount, originAllowed } from '../../../router/transports/origin.ts'

describe('a connection from a web page', () => {
  const cases: readonly [title: string, origin: string | undefined, host: string, boolean][] = [
    ['without an Origin is from no page, and allowed', undefined, 'my.house:8080', true],
    ['of localhost is allowed', 'http://localhost:8080', 'localhost:8080', true],
    ['of a name below localhost is allowed', 'http://a.localhost:80', 'a.localhost', true],
    ['of our IPv4 address is allowed', 'http://192.0.2.7:8080', '192.0.2.7:8080', true],
    ['of our IPv6 address is allowed', 'http://[::1]:8080', '[::1]:8080', true],
    ['of the name that we listen on is allowed', 'https://my.house', 'my.house', true],
    ['of another site is refused', 'http://evil.example', 'localhost:8080', false],
    ['of another port is refused', 'http://localhost:9090', 'localhost:8080', false],
    [
      'of a name that was made to point here is refused',
      'http://evil.example',
      'evil.example',
      false,
    ],
    ['of a name that only ends like ours is refused', 'http://notlocalhost', 'notlocalhost', false],
    ['without a page of its own ("null") is refused', 'null', 'localhost:8080', false],
    ['with an Origin that is no URL is refused', 'localhost', 'localhost', false],
  ]
  for (const [title, origin, host, allowed] of cases) {
    it(title, () => {
      const headers = { host, ...(origin !== undefined && { origin }) }
      assert.equal(originAllowed(headers, 'my.house', []), allowed)
    })
  }

  it('of a site that is configured is allowed, and of any where any is', () => {
    const headers = { host: 'localhost:8080', origin: 'https://my.page' }
    assert.equal(originAllowed(headers, undefined, ['https://my.page']), true)
    assert.equal(originAllowed(headers, undefined, ['*']), true)
    assert.equal(originAllowed(headers, undefined, ['https://other.page']), false)
  })

  it('that may connect only as any may has its cookies read by nobody', () => {
    const headers = { host: 'localhost:8080', origin: 'http://localhost:3000' }
    assert.equal(cookiesCount(headers, undefined, ['*']), false)
    assert.equal(cookiesCount(headers, undefined, ['*', 'http://localhost:3000']), true)
    assert.equal(cookiesCount({ ...headers, origin: 'http://localhost:8080' }, undefined, []), true)
    assert.equal(cookiesCount({ host: headers.host }, undefined, []), true)
  })
})

import assert from 'node:assert/strict'
import {
  checkUri,
  firstComponent,
  isReserved,
  maxUriBytes,
  maxUriComponents,
  type UriRules,
} from '../../../router/wire/uri.ts'

function accepts(uri: string, rules?: UriRules): void {
  assert.equal(checkUri(uri, rules), undefined)
}

function refuses(uri: string, reason: RegExp, rules?: UriRules): void {
  assert.match(checkUri(uri, rules) ?? 'accepted', reason)
}

describe('a URI', () => {
  it('is made of components that are not empty', () => {
    for (const uri of ['a', 'lamp.switch', 'com.example.Überlicht', 'a-b.C/d:1', 'emoji.💡']) {
      accepts(uri)
    }
    refuses('', /empty/)
    refuses('.', /empty/)
    refuses('.a', /empty/)
    refuses('a.', /last component .* empty/)
    refuses('a..b', /empty/)
  })

  it('has no # and no whitespace, whatever the script', () => {
    refuses('a.#', /no #/)
    refuses('a#b.c', /no #/)
    const spaces = [0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x1c, 0x1f, 0x20, 0x85, 0xa0, 0x1680, 0x2000]
    spaces.push(0x200a, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000, 0xfeff)
    for (const code of spaces) refuses(`a.b${String.fromCharCode(code)}`, /whitespace/)
  })

  it('agrees with what JavaScript calls whitespace, for every UTF-16 unit', () => {
    for (let code = 0; code < 0xd800; code++) {
      const char = String.fromCharCode(code)
      if (/\s/.test(char)) refuses(char, /whitespace/)
    }
  })

  it('has lower-case letters, digits and _ only, under the strict rule', () => {
    const strict = { strict: true }
    for (const uri of ['a', 'lamp_1.switch', '0.9.z']) accepts(uri, strict)
    for (const uri of ['A', 'a-b', 'ä', 'a/b', 'a b', 'a`', 'a{', 'a:', 'a#']) {
      refuses(uri, /strict/, strict)
    }
    refuses('a..b', /empty/, strict)
    accepts('a..b', { strict: true, match: 'wildcard' })
  })

  it('may have empty components under match=wildcard, wherever they are', () => {
    for (const uri of ['', '.', '.a', 'a.', 'a..b', '...']) accepts(uri, { match: 'wildcard' })
    refuses('a..#', /no #/, { match: 'wildcard' })
  })

  it('may have an empty last component under match=prefix, and no other', () => {
    for (const uri of ['', 'a', 'a.', 'a.b.']) accepts(uri, { match: 'prefix' })
    for (const uri of ['.', '.a', 'a..', 'a..b']) refuses(uri, /empty/, { match: 'prefix' })
  })

  it('has a bounded length in bytes', () => {
    accepts('a'.repeat(maxUriBytes))
    refuses('a'.repeat(maxUriBytes + 1), /256 bytes/)
    accepts('ü'.repeat(maxUriBytes / 2))
    refuses('ü'.repeat(maxUriBytes / 2 + 1), /256 bytes/)
    refuses(`${'💡'.repeat(maxUriBytes / 4)}a`, /256 bytes/)
  })

  it('has a bounded number of components', () => {
    accepts(Array(maxUriComponents).fill('a').join('.'))
    refuses(
      Array(maxUriComponents + 1)
        .fill('a')
        .join('.'),
      /32 components/,
    )
    refuses('.'.repeat(maxUriComponents), /32 components/, { match: 'wildcard' })
  })

  it('is well-formed Unicode, as halves of characters would all look alike on the wire', () => {
    refuses('a.\ud800', /Unicode/)
    refuses('a.\udc00b', /Unicode/)
  })

  it('is refused in no time, however long', () => {
    const startedAt = performance.now()
    refuses('a'.repeat(50_000_000), /256 bytes/)
    refuses(`${'a'.repeat(255)}#`, /no #/)
    assert.ok(performance.now() - startedAt < 500)
  })

  it('is reserved when its first component is wamp', () => {
    for (const uri of ['wamp', 'wamp.', 'wamp.session.on_join', 'wamp..']) {
      assert.equal(isReserved(uri), true)
    }
    for (const uri of ['wampy', 'wampy.a', 'Wamp.a', 'a.wamp', '.wamp', '']) {
      assert.equal(isReserved(uri), false)
    }
  })

  it('gives its first component', () => {
    assert.equal(firstComponent('lamp.switch'), 'lamp')
    assert.equal(firstComponent('lamp'), 'lamp')
    assert.equal(firstComponent('.lamp'), '')
  })
})

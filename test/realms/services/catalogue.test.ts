import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { z } from 'zod'
import { catalogue } from '../../../realms/services/catalogue.ts'
import { procedureUris } from '../../../realms/uris.ts'

const rights = new Set([
  'operator',
  'self',
  'own session',
  'person',
  'device',
  'provisioning',
  'the person concerned, or level 1 where the account has given something',
  'the person concerned, or operator',
  'level 1',
  'level 1 for good: from the operator or by having made it',
  'level 1 in one of its ecosystems',
  'level 1 in any ecosystem',
  'level 1 where it fell',
  'level 1 in all, and where it is for good: from the operator or by having made that',
  'level 1 in both, and in the child for good: from the operator or by having made it',
  'level 1 in one of both',
  'level 1, or given by oneself',
  'the one who is invited',
  'a person with level 1',
  'level 1, for good: from the operator or by having made the ecosystem; or a group of one’s own making',
  'level 1, or whose it is',
  'level 1, or whose plan it is',
  'a delegate of the plan',
  'oneself',
  'as much of it oneself, at level 1 or to give on',
  'level 1, or given or held by oneself',
  'a grant in the ecosystem',
  'oneself, or level 1 in one of the device’s ecosystems',
])

const nobody = { authid: 'x', authrole: 'x', authmethod: 'x', authprovider: 'x' }

describe('the catalogue of procedures', () => {
  it('names each latchkey.<noun>.<verb>', () => {
    for (const { uri } of catalogue) assert.match(uri, /^latchkey(\.[a-z]+(_[a-z]+)*){2,3}$/)
  })

  it('says of each in one sentence what it is for', () => {
    for (const { uri, summary } of catalogue) assert.match(summary, /^[A-Z].*\.$/, uri)
  })

  it('describes every key of every input, and allows no other', () => {
    for (const { uri, input } of catalogue) {
      for (const [key, schema] of Object.entries(input.shape))
        assert.ok(z.globalRegistry.get(schema)?.description, `${uri}: ${key}`)
      assert.equal(input.safeParse({ no_such_key: 1 }).success, false, uri)
    }
  })

  it('asks of each one of the named rights', () => {
    for (const { uri, right } of catalogue)
      assert.ok(rights.has(right.name), `${uri}: ${right.name}`)
  })

  it('has nothing for the anonymous or for components of the router', () => {
    for (const kind of ['anonymous', 'service', 'anything']) {
      const caller = { ...nobody, kind }
      for (const { uri, right } of catalogue) assert.equal(right.admits(caller), false, uri)
    }
  })

  it('has only enrolment for who comes with a provisioning code', () => {
    const caller = { ...nobody, kind: 'provisioning' }
    assert.deepEqual(
      catalogue.filter(({ right }) => right.admits(caller)).map(({ uri }) => uri),
      [procedureUris.deviceEnrol],
    )
  })

  it('names only keys of an input as positional or secret', () => {
    for (const { uri, input, cli, secrets = [] } of catalogue)
      for (const key of [...(cli?.positional ?? []), ...secrets])
        assert.ok(Object.hasOwn(input.shape, key), `${uri}: ${key}`)
  })

  it('can be turned into JSON schemas', () => {
    for (const { uri, input } of catalogue)
      assert.equal(z.toJSONSchema(input, { io: 'input' }).type, 'object', uri)
  })

  it('has no URI twice', () => {
    assert.equal(new Set(catalogue.map(({ uri }) => uri)).size, catalogue.length)
  })

  it('has exactly the URIs that clients know', () => {
    assert.deepEqual(
      catalogue.map(({ uri }) => uri).toSorted(),
      Object.values(procedureUris).toSorted(),
    )
  })

  it('hides the values of tokens and codes', () => {
    for (const { uri, input, secrets = [] } of catalogue)
      for (const key of Object.keys(input.shape))
        if (['token', 'code', 'ticket', 'secret'].includes(key))
          assert.ok(secrets.includes(key), `${uri}: ${key}`)
  })

  it('holds every procedure that has a file', () => {
    const folder = new URL('../../../realms/services/', import.meta.url)
    const files = readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .flatMap(({ name }) =>
        readdirSync(new URL(`${name}/`, folder)).map((file) => new URL(`${name}/${file}`, folder)),
      )
      .filter((file) => /: Procedure = procedure\(/.test(readFileSync(file, 'utf8')))
    assert.equal(files.length, catalogue.length)
  })
})

import assert from 'node:assert/strict'
import { linesOf, table } from '../../cli/table.ts'
import { jsonLine, visible } from '../../cli/terminal.ts'

const escape = '\u001b[31m'

describe('a result for people', () => {
  it('is a table of the columns asked for, in their order', () => {
    const rows = [
      { id: 'lamp', class: 'light', online: true, secret: 1 },
      { id: 'livingroom_tv', class: 'tv', online: false, secret: 2 },
    ]
    assert.deepEqual(linesOf({ devices: rows }, { columns: ['online', 'id', 'class'] }), [
      'ONLINE  ID             CLASS',
      'yes     lamp           light',
      'no      livingroom_tv  tv',
    ])
  })

  it('has all columns that any row has, if not said otherwise', () => {
    assert.deepEqual(table([{ a: 1 }, { b: 2 }]), ['A  B', '1  -', '-  2'])
  })

  it('leaves out a column that no row has', () => {
    assert.deepEqual(table([{ id: 'home' }], ['id', 'level']), ['ID', 'home'])
  })

  it('says that a list is empty', () => {
    assert.deepEqual(linesOf({ devices: [] }), ['no devices'])
  })

  it('has lists of plain values within the line, or line by line where that is asked for', () => {
    assert.deepEqual(linesOf({ id: 'lamp', ecosystems: ['home', 'car'], announced: [] }), [
      'id          lamp',
      'ecosystems  home, car',
      'announced   -',
    ])
    assert.deepEqual(linesOf({ codes: ['lk_a', 'lk_b'] }, { lines: ['codes'] }), ['lk_a', 'lk_b'])
    assert.deepEqual(linesOf({ codes: ['lk_a'], expires_at: 0 }, { lines: ['codes'] }), [
      'expires_at  1970-01-01T00:00:00.000Z',
      '',
      'codes',
      'lk_a',
    ])
  })

  it('has the names within a dictionary', () => {
    assert.deepEqual(linesOf({ attributes: { name: 'Lamp', room: 'living room' } }), [
      'attributes  name: Lamp, room: living room',
    ])
    assert.deepEqual(linesOf({ attributes: {} }), ['attributes  -'])
  })

  it('shows values within a cell in short', () => {
    const capabilities = [
      { uri: 'lamp.switch', action: 'call' },
      { uri: 'lamp.on_change', action: 'subscribe' },
    ]
    assert.deepEqual(table([{ ecosystems: ['home', 'car'], capabilities, none: [] }]), [
      'ECOSYSTEMS  CAPABILITIES                                NONE',
      'home, car   lamp.switch call, lamp.on_change subscribe  -',
    ])
  })

  it('shows no sequence that a terminal obeys', () => {
    const lines = linesOf({ devices: [{ id: `lamp${escape}`, note: { a: escape } }] })
    assert.ok(!lines.join('').includes('\u001b'), JSON.stringify(lines))
    assert.equal(visible(`a${escape}b\u202ec\nd`), 'a\ufffd[31mb\ufffdc\nd')
  })
})

describe('a result for programs', () => {
  it('is one line of JSON that reads back as it was', () => {
    const value = { text: `${escape}\u009b\u202e\n"`, list: [1, null] }
    const line = jsonLine(value)
    assert.ok(!/[\p{Cc}\p{Cf}]/u.test(line))
    assert.deepEqual(JSON.parse(line), value)
  })

  it('has integers that are longer than a number as text', () => {
    assert.equal(jsonLine({ id: 2n ** 60n }), '{"id":"1152921504606846976"}')
  })

  it('is null for nothing', () => {
    assert.equal(jsonLine(undefined), 'null')
  })
})

import assert from 'node:assert/strict'
import { commandOf } from '../../bench/command.ts'

const shown = (line: string): string => commandOf(line === '' ? [] : line.split(' '))

describe('The command of the bench, as it goes onto the page', () => {
  it('has nothing behind it when nothing was asked for, or only places', () => {
    assert.equal(shown(''), 'npm run bench')
    assert.equal(shown('--results x.jsonl --page=y.md'), 'npm run bench')
  })

  it('has what was asked for', () =>
    assert.equal(
      shown('macro --rows rpc --rounds 3'),
      'npm run bench -- macro --rows rpc --rounds 3',
    ))

  it('has no place of this machine, also where its name has a space', () => {
    assert.equal(shown('macro --tree /a --rows rpc'), 'npm run bench -- macro --rows rpc')
    assert.equal(shown('--results=/a micro'), 'npm run bench -- micro')
    assert.equal(commandOf(['--page', '/a b/c.md', 'micro']), 'npm run bench -- micro')
  })
})

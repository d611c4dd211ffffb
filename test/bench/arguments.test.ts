import assert from 'node:assert/strict'
import { ArgumentError, parts, readArguments, type Arguments } from '../../bench/arguments.ts'

const read = (line: string): Arguments =>
  readArguments(line === '' ? [] : line.split(' '), ['rpc', 'events', 'idle'])

function refused(line: string, message: RegExp): void {
  assert.throws(
    () => read(line),
    (error: unknown) => error instanceof ArgumentError && message.test(error.message),
    line,
  )
}

describe('The arguments of the bench', () => {
  it('name nothing for everything, and parts for these in the order in which they run', () => {
    assert.deepEqual(read(''), { does: 'measure', parts })
    assert.deepEqual(read('macro micro'), { does: 'measure', parts: ['micro', 'macro'] })
  })

  it('narrow the macro part by rows, rounds and seconds', () => {
    assert.deepEqual(read('macro --rows events,rpc --rounds 3 --seconds 0.5'), {
      does: 'measure',
      parts: ['macro'],
      rows: ['rpc', 'events'],
      rounds: 3,
      seconds: 0.5,
    })
  })

  it('ask for a comparison, for the page alone, or for help', () => {
    const { does, compare, rows } = read('--compare HEAD~1 --rows idle')
    assert.deepEqual([does, compare, rows], ['compare', 'HEAD~1', ['idle']])
    assert.equal(read('table').does, 'table')
    assert.equal(read('--help').does, 'help')
  })

  it('are refused with what was found and what is allowed', () => {
    refused('macr', /found macr; allowed are micro, decisions, .*macro and table/)
    refused('macro --rows rpc,x', /--rows: found x; allowed are rpc, events, idle/)
    refused('macro --rows rpc,', /--rows: found nothing; allowed/)
    refused('macro --rounds 1.5', /--rounds: found 1\.5; allowed is a whole number from 1 to 1000/)
    refused('macro --rounds 0', /--rounds: found 0/)
    refused('macro --seconds no', /--seconds: found no; allowed is a number from 0\.1 to 3600/)
    refused('--bogus', /'--bogus'/)
    refused('macro --rows', /--rows/)
    // Node has three lines for it.
    refused('macro --rows --rounds 3', /^.*--rows.*$/)
  })

  it('are refused where they do not go together', () => {
    refused('joins --rounds 3', /--rounds: goes with macro or --compare/)
    refused('joins --tree x', /--tree: goes with macro/)
    refused('--compare HEAD --tree x', /--tree: goes with macro/)
    refused('table --tree x', /--tree: goes with macro/)
    refused('table --rows rpc', /--rows: goes with macro or --compare/)
    refused('--compare HEAD --page x', /--page: found with --compare, which writes none/)
    refused('--compare HEAD --results x', /--results: found with --compare, which writes none/)
    refused('table macro', /table: found with something to measure/)
    refused('table --compare HEAD', /table: found with something to measure/)
    refused('macro --compare HEAD', /--compare: found with macro/)
  })
})

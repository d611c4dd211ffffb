import assert from 'node:assert/strict'
import { Command } from 'commander'
import { addManagement } from '../../cli/management.ts'
import { processTerminal } from '../../cli/terminal.ts'

describe('the commands of procedures', () => {
  it('say of each noun what it is', () => {
    const program = new Command()
    addManagement(program, processTerminal)
    const silent = (command: Command): string[] =>
      command.commands.flatMap((each) =>
        each.description() === each.name() ? [each.name()] : silent(each),
      )
    assert.deepEqual(silent(program), [])
  })
})

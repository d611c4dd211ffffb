#!/usr/bin/env node
import { run } from './cli/program.ts'
import { processTerminal } from './cli/terminal.ts'

// Whoever reads our output may stop reading, as `head` does: that ends the work, and is no error.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(0)
})

const exitCode = await run(process.argv.slice(2), processTerminal)
// What may still be open, such as the channel to a parent that supervises us, is no reason to stay.
process.exit(exitCode)

import { Command, CommanderError } from 'commander'
import { addCall } from './call.ts'
import { addCheck } from './check.ts'
import { addDemo } from './demo.ts'
import { AnswerIsNo, exitCodes, Failure, failureOf, report } from './failure.ts'
import { addInit } from './init.ts'
import { addManagement } from './management.ts'
import { addPublish } from './publish.ts'
import { addStart } from './start.ts'
import { addStepUp } from './step-up.ts'
import { addSubscribe } from './subscribe.ts'
import type { Terminal } from './terminal.ts'
import { version } from '../version.ts'

/**
 * Runs one command line (without program and script).
 * @returns what the process is to end with: 0 done, 1 denied, 2 any other error
 */
export async function run(args: readonly string[], terminal: Terminal): Promise<number> {
  const program = programFor(terminal)
  try {
    await program.parseAsync([...args], { from: 'user' })
    return exitCodes.ok
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return exitCodes.ok
    if (error instanceof AnswerIsNo) return exitCodes.denied
    const failure = error instanceof CommanderError ? usageFailure(error) : failureOf(error)
    report(failure, args.includes('--json'), terminal)
    return failure.exitCode
  }
}

function programFor(terminal: Terminal): Command {
  const program = new Command('latchkey')
    .description('A WAMP router that guards the things people own.')
    .version(version(), '--version', 'print the version')
    .helpOption('--help', 'print help')
    // What goes wrong is reported in one place, the same for all errors.
    .configureOutput({
      writeOut: (text) => terminal.out(text.trimEnd()),
      writeErr: (text) => terminal.err(text.trimEnd()),
      outputError: () => undefined,
    })
    .exitOverride()
    // Options belong to the command they stand behind: `demo --port` is not `demo token`'s.
    .enablePositionalOptions()
    .showHelpAfterError(false)
    .addHelpText('after', '\nExit codes: 0 done, 1 denied, 2 any other error.')
  addInit(program, terminal)
  addStart(program, terminal)
  addDemo(program, terminal)
  addCheck(program, terminal)
  addManagement(program, terminal)
  addCall(program, terminal)
  addStepUp(program, terminal)
  addPublish(program, terminal)
  addSubscribe(program, terminal)
  return program
}

function usageFailure(error: CommanderError): Failure {
  const message = error.message
    .replace(/^error: /, '')
    .replace(/^required option '(\S+)[^']*' not specified$/, '$1: missing')
    .replace(/^missing required argument '(.*)'$/, '<$1>: missing')
  return new Failure(
    'wamp.error.invalid_argument',
    // A noun without its verb, or nothing at all: the help has been printed.
    error.code === 'commander.help' ? 'a command is needed' : message,
  )
}

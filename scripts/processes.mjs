import { spawn } from 'node:child_process'
import { accessSync, constants, statSync } from 'node:fs'
import { constants as system } from 'node:os'
import { delimiter, join } from 'node:path'

/** Says why a command cannot go on, in words for whoever typed it, and ends with exit code 1. */
export function giveUp(...lines) {
  for (const line of lines) process.stderr.write(`${line}\n`)
  process.exit(1)
}

/** Full path of a program, or undefined where PATH has none of that name. */
export function findProgram(name, path = process.env.PATH ?? '') {
  for (const folder of path.split(delimiter)) {
    const file = join(folder, name)
    try {
      if (!statSync(file).isFile()) continue
      accessSync(file, constants.X_OK)
      return file
    } catch {
      // Not here, or not ours to run: the next folder.
    }
  }
  return undefined
}

/**
 * Runs a program on our own terminal and resolves to its exit code; a signal counts as 128 and its number, as in a
 * shell. SIGINT, SIGTERM and SIGHUP sent to us are passed on, and we wait: the child decides when it is done.
 */
export function run(program, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: 'inherit', ...options })
    // The terminal sends Ctrl-C to the whole group; a second copy would read as impatience.
    const passOn = (signal) => {
      if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal)
    }
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP']
    for (const signal of signals) process.on(signal, passOn)
    const settle = (done) => {
      for (const signal of signals) process.off(signal, passOn)
      done()
    }
    child.once('error', (error) => settle(() => reject(error)))
    child.once('exit', (code, signal) =>
      settle(() => resolve(code ?? 128 + (system.signals[signal] ?? 0))),
    )
  })
}

/** Runs a program and gives what it printed, its exit code, or the error that kept it from starting. */
export function ask(program, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options })
    let output = ''
    const collect = (chunk) => {
      output += chunk
    }
    child.stdout.setEncoding('utf8').on('data', collect)
    child.stderr.setEncoding('utf8').on('data', collect)
    child.once('error', (error) => resolve({ code: 127, output: error.message }))
    child.once('close', (code) => resolve({ code: code ?? 1, output }))
  })
}

'use strict'
const { mkdirSync, writeFileSync } = require('node:fs')
const path = require('node:path')
const { reporters, Runner } = require('mocha')

/** Mocha's usual report, and the counts as JSON in the file that `--reporter-option counts=FILE` names. */
module.exports = class extends reporters.Spec {
  constructor(runner, options) {
    super(runner, options)
    const file = options.reporterOption?.counts ?? options.reporterOptions?.counts
    if (file === undefined) throw new Error('reporter option counts: missing; a path is needed')
    runner.once(Runner.constants.EVENT_RUN_END, () => {
      const { passes, failures, pending } = this.stats
      mkdirSync(path.dirname(file), { recursive: true })
      writeFileSync(file, JSON.stringify({ passed: passes, failed: failures + pending }))
    })
  }
}

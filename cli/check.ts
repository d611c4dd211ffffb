import type { Command } from 'commander'
import { loadConfig, loadDataFolder } from '../config.ts'
import { dataFolder } from '../data-folder.ts'
import { common, type CommonOptions } from './options.ts'
import { jsonLine, type Terminal } from './terminal.ts'

interface CheckOptions extends CommonOptions {
  readonly config?: string
}

/** `latchkey check` */
export function addCheck(program: Command, terminal: Terminal): void {
  const command = program
    .command('check')
    .description('Tell whether a configuration can be used, and if not, which keys are wrong.')
    .option('--config <file>', "configuration; absent: the data folder's")
  common(command).action(async () => {
    const { dir, config: file, json } = command.opts<CheckOptions>()
    const config = await (file === undefined ? loadDataFolder(dir) : loadConfig(file))
    const source = file ?? dataFolder(dir).configFile
    const realms = config.realms.map(({ uri }) => uri)
    terminal.out(
      json === true
        ? jsonLine({ config: source, realms })
        : `${source} can be used (realms: ${realms.join(', ')})`,
    )
  })
}

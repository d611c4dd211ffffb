import type { Command } from 'commander'
import { createDataFolder } from '../data-folder.ts'
import { common, type CommonOptions } from './options.ts'
import { jsonLine, type Terminal } from './terminal.ts'

/** `latchkey init` */
export function addInit(program: Command, terminal: Terminal): void {
  const command = program
    .command('init')
    .description('Make a data folder with a configuration for one house.')
  common(command).action(async () => {
    const { dir, json } = command.opts<CommonOptions>()
    const folder = await createDataFolder(dir)
    terminal.out(
      json === true
        ? jsonLine({ dir: folder.dir, config: folder.configFile })
        : `made ${folder.dir} (settings: ${folder.configFile}); start it with: latchkey start --dir ${dir}`,
    )
  })
}

import { readFile } from 'node:fs/promises'

/** Linux counts in hundredths of a second, whatever the machine (USER_HZ). */
const ticksPerSecond = 100

/** Seconds of CPU that a process has used, all its threads together. */
export async function cpuSeconds(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  // The name, in brackets, may have spaces; the 3rd field comes after it, user and system time are the 14th and 15th.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
}

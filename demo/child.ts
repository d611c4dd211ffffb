/**
 * Loaded before a child's own program (`node --import`): ends the child with its parent. Whoever kills the demo's
 * supervisor, even with SIGKILL, is rid of the whole house.
 */
const graceMs = 5_000

function leave(): void {
  // The program's own handler of the signal ends it in order, where it has one by now.
  process.kill(process.pid, 'SIGTERM')
  setTimeout(() => process.exit(1), graceMs).unref()
}

if (process.send !== undefined) {
  process.once('disconnect', leave)
  // A listener would keep the process alive after its work is done.
  process.channel?.unref()
  if (!process.connected) leave()
}

// A child for tests of supervision: does what its first argument says.
const [behaviour = '', file = ''] = process.argv.slice(2)
const { appendFileSync, readFileSync } = await import('node:fs')
const starts = (): number => readFileSync(file, 'utf8').length
const ready = (): boolean =>
  process.stdout.write(`${JSON.stringify({ ready: true, pid: process.pid })}\n`)
const stay = (): void => void setInterval(() => undefined, 60_000)

appendFileSync(file, '.')
switch (behaviour) {
  case 'serve':
    console.log('not JSON')
    ready()
    stay()
    break
  case 'refuse':
    console.error('the arguments are wrong')
    process.exit(2)
    break
  case 'report':
    console.error('library WARNING: not for production')
    console.error(JSON.stringify({ error: 'wamp.error.invalid', message: 'the folder is taken' }))
    process.exit(2)
    break
  case 'send':
    console.error('library WARNING: not for production')
    process.send?.({ ready: false, error: 'the folder is taken' }, () => process.exit(2))
    break
  case 'read': {
    let text = ''
    for await (const chunk of process.stdin) text += String(chunk)
    console.log(`read ${text}`)
    ready()
    stay()
    break
  }
  case 'stumble':
    if (starts() < 3) process.exit(1)
    ready()
    stay()
    break
  case 'fail':
    console.error(`failure ${starts()}`)
    process.exit(1)
    break
  case 'hang':
    stay()
    break
  case 'ignore':
    process.on('SIGTERM', () => console.error('no'))
    ready()
    stay()
    break
  default:
    throw new Error(`unknown behaviour ${behaviour}`)
}

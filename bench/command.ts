/** Options whose values are places of one machine. */
const places = ['--tree', '--results', '--page']

/** The command as it goes onto the page: without the places of this machine. */
export function commandOf(argv: readonly string[]): string {
  const shown = argv.filter((word, index) => {
    const isPlace = places.includes(argv[index - 1] ?? '')
    return !isPlace && !places.includes(word.split('=')[0] ?? '')
  })
  return shown.length === 0 ? 'npm run bench' : `npm run bench -- ${shown.join(' ')}`
}

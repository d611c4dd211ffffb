/** Three digits and a unit of thousands: `412 k`, `1.18 M`, `0.953`. */
export function short(value: number): string {
  const size = Math.abs(value)
  if (!Number.isFinite(value)) return '–'
  if (size >= 999_500) return `${digits(value / 1e6)} M`
  if (size >= 9_995) return `${digits(value / 1e3)} k`
  return digits(value)
}

function digits(value: number): string {
  if (Number.isInteger(value)) return value.toLocaleString('en')
  const size = Math.abs(value)
  const after = size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2
  return value.toLocaleString('en', { minimumFractionDigits: after, maximumFractionDigits: after })
}

/** Two digits at least, as bars have; of what is many times as much fewer say enough. */
export function ratio(value: number): string {
  if (!Number.isFinite(value)) return '–'
  if (value >= 10) return digits(value)
  return value.toLocaleString('en', { minimumFractionDigits: 2, maximumFractionDigits: 3 })
}

/** An integer of 64 bits as a value: a number where that is exact, else a bigint. */
export function narrow(value: bigint): number | bigint {
  return value <= 1n << 53n && value >= -(1n << 53n) ? Number(value) : value
}

const plain = { enumerable: true, writable: true, configurable: true }

/** Sets a key of a dict that is being read. Assigned to, `__proto__` would change the dict's prototype instead. */
export function setKey(dict: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__') Object.defineProperty(dict, key, { value, ...plain })
  else dict[key] = value
}

/** HELLO.Details of a client with all four roles that announces these features. */
export function announcing(
  features: Partial<Record<'publisher' | 'subscriber' | 'caller' | 'callee', readonly string[]>>,
): { roles: Record<string, unknown> } {
  const roles: Record<string, unknown> = { publisher: {}, subscriber: {}, caller: {}, callee: {} }
  for (const [role, names] of Object.entries(features)) {
    roles[role] = { features: Object.fromEntries(names.map((name) => [name, true])) }
  }
  return { roles }
}

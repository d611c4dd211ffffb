// Loaded by every process of a journey (NODE_OPTIONS): the machine's clock, put forward by LATCHKEY_SHIFT_MS, so that
// what happens on a Saturday at noon happens whenever the tests run.
const shiftMs = Number(process.env.LATCHKEY_SHIFT_MS ?? 0)
const { Date: Real } = globalThis

globalThis.Date = new Proxy(Real, {
  construct: (target, args, newTarget) =>
    Reflect.construct(target, args.length === 0 ? [target.now() + shiftMs] : args, newTarget),
  apply: (target) => new target(target.now() + shiftMs).toString(),
  get: (target, key) =>
    key === 'now' ? () => target.now() + shiftMs : Reflect.get(target, key, target),
})

// A checkpoint taken over by a model that is not quite the one it is of: tensors whose name, type and shape agree go on, the others begin anew (a
// discriminator that now judges pairs has a wider first layer, and keeps all layers above it). Knobs keep what they were moved to unless the change
// is about them.
import type { Params, ParamValues } from '../base/params.ts';
import { defaults } from '../base/params.ts';
import type { Checkpoint } from '../runs/checkpoint.ts';
import type { Arrays, Specs } from '../tracing/program.ts';

export interface Grafted {
  readonly checkpoint: Checkpoint;
  /** Tensors that begin anew. */
  readonly renewed: readonly string[];
}

/** `before` and `after` are the knobs of the two models, `fresh` what the new one starts from. */
export function graft(
  saved: Checkpoint,
  {
    state,
    fresh,
    before,
    after,
  }: { readonly state: Specs; readonly fresh: Arrays; readonly before: Params; readonly after: Params },
): Grafted {
  const renewed: string[] = [];
  const values: Record<string, Arrays[string]> = {};
  for (const [name, spec] of Object.entries(state)) {
    const then = saved.specs[name];
    const isSame = then?.dtype === spec.dtype && then.shape.join() === spec.shape.join();
    if (!isSame) renewed.push(name);
    values[name] = (isSame ? saved.values : fresh)[name] as Arrays[string];
  }
  const [old, now] = [defaults(before), defaults(after)] as [ParamValues, ParamValues];
  const knobs = Object.fromEntries(
    Object.entries(now).map(([name, value]) => [name, old[name] === value ? (saved.position.knobs[name] ?? value) : value]),
  );
  return { checkpoint: { position: { ...saved.position, knobs, rollbacks: 0 }, specs: state, values }, renewed };
}

// How a tfjs kernel is mapped: from graph values and attributes to graph values.
import * as tf from '@tensorflow/tfjs';
import type { Value } from '../graph.ts';
import type { Operators } from '../operators.ts';
import { TRACING, type TracingBackend } from '../tracing-backend.ts';

export interface Call<Attributes> {
  readonly o: Operators;
  /** Inputs by the names that tfjs gives them. */
  readonly inputs: Readonly<Record<string, Value>>;
  /** Inputs of kernels that take a list (Concat, Pack, AddN), in order. */
  readonly list: readonly Value[];
  readonly attrs: Attributes;
}

/** Maps one kernel. A name is mapped once; tfjs itself warns of a second registration. */
export function mapKernel<Attributes>(kernelName: string, record: (call: Call<Attributes>) => Value | readonly Value[]): void {
  tf.registerKernel({
    kernelName,
    backendName: TRACING,
    kernelFunc: ({ inputs, attrs, backend }) => {
      const tracing = backend as TracingBackend;
      const values: Record<string, Value> = {};
      for (const [name, info] of Object.entries(inputs)) if (info) values[name] = tracing.valueBehind(info);
      const out = record({ o: tracing.operators, inputs: values, list: Object.values(values), attrs: attrs as Attributes });
      return Array.isArray(out) ? out.map((one: Value) => tracing.adopt(one)) : tracing.adopt(out as Value);
    },
  });
}

/** A named input that the kernel always has. */
export function need(inputs: Readonly<Record<string, Value>>, name: string): Value {
  const value = inputs[name];
  if (!value) throw new Error(`input ${name} is missing`);
  return value;
}

// One call of a program under whatever tfjs backend is active: the truth that compiled programs are held against.
import * as tf from '@tensorflow/tfjs';
import type { Arrays, Program, Specs, TensorValues } from '../../src/tracing/program.ts';

export function runEagerly(program: Program, state: Arrays, inputs: Arrays): { state: Arrays; outputs: Arrays } {
  const read = (tensors: Readonly<Record<string, tf.Tensor>>): Arrays =>
    Object.fromEntries(
      Object.entries(tensors).map(([name, tensor]) => [name, (tensor.dataSync<'float32'>() as TensorValues).slice()]),
    );
  const answer: { state: Arrays; outputs: Arrays } = { state: {}, outputs: {} };
  tf.tidy(() => {
    const place = (specs: Specs, values: Arrays): Record<string, tf.Tensor> =>
      Object.fromEntries(
        Object.entries(specs).map(([name, { shape, dtype }]) => [name, tf.tensor(values[name]!.slice(), [...shape], dtype)]),
      );
    const result = program.body(place(program.state, state), place(program.inputs, inputs));
    answer.state = read(result.state ?? {});
    answer.outputs = read(result.outputs);
  });
  return answer;
}

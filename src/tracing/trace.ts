// Tracing: a program's body is called once under the tracing backend, with tensors that hold no numbers; what the kernels record,
// gradients and optimiser included, is the program as one graph.
import * as tf from '@tensorflow/tfjs';
import { KarstError } from '../base/errors.ts';
import { Graph } from './graph.ts';
import { mapKernels } from './kernels/map-kernels.ts';
import { Operators, type Convolutions } from './operators.ts';
import type { Program, Specs } from './program.ts';
import { repairGradients } from './gradients/repair-gradients.ts';
import { TRACING, TracingBackend } from './tracing-backend.ts';

export interface TraceOptions {
  readonly convolutions?: Convolutions;
}

let backend: TracingBackend | undefined;

function tracingBackend(): TracingBackend {
  if (backend) return backend;
  mapKernels();
  repairGradients();
  const made = new TracingBackend();
  tf.registerBackend(TRACING, () => made, 0); // priority 0: never chosen by itself
  backend = made;
  return made;
}

/** Switches tfjs's backend at once; tfjs does so within the call for every backend that is ready. */
function use(name: string): void {
  void tf.setBackend(name);
  if (tf.getBackend() !== name) throw new KarstError('internal', `TensorFlow.js did not switch to its backend ${name}`);
}

export function trace(program: Program, options: TraceOptions = {}): Graph {
  const tracing = tracingBackend();
  if (!tf.getBackend()) tf.backend(); // lets tfjs choose, so that there is something to go back to
  const previous = tf.getBackend();
  const graph = new Graph(program.name);
  const operators = new Operators(graph, options.convolutions ?? 'cheapest');
  tracing.startTrace(operators);
  try {
    use(TRACING);
    tf.tidy(() => {
      const place = (specs: Specs, kind: 'state' | 'call'): Record<string, tf.Tensor> =>
        Object.fromEntries(
          Object.entries(specs).map(([name, { shape, dtype }]) => {
            const value = graph.input(name, kind, { shape, type: dtype });
            return [name, tf.engine().makeTensorFromTensorInfo(tracing.adopt(value), tracing)];
          }),
        );
      const result = program.body(place(program.state, 'state'), place(program.inputs, 'call'));
      for (const [name, tensor] of Object.entries(result.state ?? {})) {
        const spec = program.state[name];
        const known = Object.keys(program.state).join(', ');
        if (!spec)
          throw new KarstError(
            'usage',
            `program ${program.name} changes state ${name}, which it does not declare; declared: ${known}`,
          );
        if (spec.shape.join() !== tensor.shape.join() || spec.dtype !== tensor.dtype)
          throw new KarstError(
            'usage',
            `program ${program.name} declares state ${name} as ${spec.dtype} [${spec.shape.join()}] and answers ${tensor.dtype} [${tensor.shape.join()}]`,
          );
        graph.output(name, 'state', tracing.valueBehind(tensor));
      }
      for (const [name, tensor] of Object.entries(result.outputs)) graph.output(name, 'call', tracing.valueBehind(tensor));
    });
    return graph;
  } catch (thrown) {
    throw explain(program.name, thrown);
  } finally {
    tracing.finishTrace();
    use(previous);
  }
}

/** tfjs's refusals, with the kernel and the program named. */
function explain(program: string, thrown: unknown): unknown {
  if (thrown instanceof KarstError || !(thrown instanceof Error)) return thrown;
  const kernel =
    /Kernel '(\w+)' not registered for backend/.exec(thrown.message) ??
    /Cannot find registered kernel '(\w+)'/.exec(thrown.message);
  if (kernel)
    return new KarstError(
      'unsupported',
      `program ${program} uses the TensorFlow.js kernel ${kernel[1]}, which cannot be compiled yet; write that part with other operators`,
      { kernel: kernel[1] as string, program },
      thrown,
    );
  return new KarstError('internal', `program ${program} cannot be traced: ${thrown.message}`, { program }, thrown);
}

// AdamUpdate stays one node while tracing: the host may run it in place, beside the graph, or write it out in ONNX (passes/adam.ts).
import { ADAM_UPDATE, type AdamConstants } from '../adam-update.ts';
import { mapKernel, need } from './kernel.ts';

export const ADAM_INPUTS = ['parameter', 'gradient', 'm', 'v', 'rate', 'correction1', 'correction2'] as const;

export function mapOptimisers(): void {
  mapKernel<AdamConstants>(ADAM_UPDATE, ({ o, inputs, attrs }) => {
    const { shape } = need(inputs, 'parameter');
    const out = { shape, type: 'float32' } as const;
    const attributes = {
      beta1: { float: attrs.beta1 },
      beta2: { float: attrs.beta2 },
      epsilon: { float: attrs.epsilon },
      decay: { float: attrs.decay },
    };
    return o.graph.add(
      ADAM_UPDATE,
      [...ADAM_INPUTS.map((name) => need(inputs, name)), inputs['scale']],
      [out, out, out],
      attributes,
      'karst',
    );
  });
}

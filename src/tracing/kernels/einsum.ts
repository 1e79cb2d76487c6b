// Einstein's sum convention, which ONNX has as one operator.
import { sizeOf } from '../program.ts';
import type { Value } from '../graph.ts';
import { mapKernel } from './kernel.ts';

export function mapEinsum(): void {
  mapKernel<{ equation: string }>('Einsum', ({ o, list, attrs }) => {
    const equation = attrs.equation.replaceAll(' ', '');
    const [left = '', right = ''] = equation.split('->');
    const sides = new Map<string, number>();
    left
      .split(',')
      .forEach((letters, i) => [...letters].forEach((letter, axis) => sides.set(letter, list[i]?.shape[axis] as number)));
    const shape = [...right].map((letter) => sides.get(letter) as number);
    if (list.some((one) => sizeOf(one.shape) === 0)) return o.splat(0, shape, (list[0] as Value).type);
    return o.graph.node('Einsum', list, shape, (list[0] as Value).type, { equation: { text: equation } });
  });
}

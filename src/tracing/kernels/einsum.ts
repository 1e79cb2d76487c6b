// Einstein's sum convention, which ONNX has as one operator. tfjs gives it no gradient.
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
    return o.graph.node('Einsum', list, shape, (list[0] as Value).type, { equation: { text: equation } });
  });
}

// Batch normalisation with given statistics: (x - mean) · scale / √(variance + ε) + offset. Layer, instance and group normalisation
// and training statistics are made of moments, which tfjs composes from other kernels.
import { mapKernel, need } from './kernel.ts';

export function mapNormalisation(): void {
  mapKernel<{ varianceEpsilon: number }>('FusedBatchNorm', ({ o, inputs, attrs }) => {
    const { scale, offset } = inputs;
    const deviation = o.unary('Sqrt', o.binary('Add', need(inputs, 'variance'), o.scalar(attrs.varianceEpsilon)));
    const factor = scale ? o.binary('Div', scale, deviation) : o.unary('Reciprocal', deviation);
    const normal = o.binary('Mul', o.binary('Sub', need(inputs, 'x'), need(inputs, 'mean')), factor);
    return offset ? o.binary('Add', normal, offset) : normal;
  });
}

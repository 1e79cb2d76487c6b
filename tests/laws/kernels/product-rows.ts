// Rows of the law for matrix products and Einstein sums, with sides of zero, in batches that match or broadcast.
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import type { Row } from './law.ts';

const side = fc.integer({ min: 0, max: 5 });
const matrixProduct = (name: string, sharing: readonly string[]): Row => ({
  name,
  kernels: ['BatchMatMul'],
  runs: 24,
  gradient: 'linear',
  cases: fc
    .tuple(
      // Where one side is shared, a batch of none is beyond tfjs's cpu backend.
      fc.array(fc.integer({ min: sharing.includes('same') ? 0 : 1, max: 3 }), { maxLength: 2 }),
      fc.tuple(side, side, side),
      fc.tuple(fc.boolean(), fc.boolean()),
      fc.constantFrom(...sharing),
    )
    .map(([batch, [m, k, n], [transposeA, transposeB], shared]) => {
      const one = batch.map(() => 1);
      return {
        operands: {
          a: { shape: [...(shared === 'left' ? one : batch), ...(transposeA ? [k, m] : [m, k])] },
          b: { shape: [...(shared === 'right' ? one : shared === 'plain' ? [] : batch), ...(transposeB ? [n, k] : [k, n])] },
        },
        note: { transposeA, transposeB },
        apply: ({ a, b }) => tf.matMul(a!, b!, transposeA, transposeB),
      };
    }),
});

/** Letters stand for sides. Not among them: 'ij,k->i', two sums apart, which tfjs's cpu backend gets wrong. */
const EQUATIONS = [
  'ij,jk->ik', 'ij,jk->ki', 'bij,bjk->bik', 'bij,jk->bik', 'bi,bi->b', 'bi,bj->bij', 'ij->ji', 'ij->i', 'ij->', 'i,i->',
  'i,j->ij', 'ij,j->i', 'bhq,bhk->bqk', 'abc,cd->dba',
]; // prettier-ignore

const einsum = (equation: string): fc.Arbitrary<Row['cases'] extends fc.Arbitrary<infer One> ? One : never> => {
  const terms = equation.split('->')[0]!.split(',');
  const letters = [...new Set(terms.join(''))];
  return fc.array(fc.integer({ min: 1, max: 4 }), { minLength: letters.length, maxLength: letters.length }).map((sides) => ({
    operands: Object.fromEntries(
      terms.map((term, i) => [`x${i}`, { shape: [...term].map((letter) => sides[letters.indexOf(letter)]!) }]),
    ),
    note: equation,
    apply: (t) => tf.einsum(equation, ...terms.map((_, i) => t[`x${i}`]!)),
  }));
};

export const productRows: readonly Row[] = [
  matrixProduct('BatchMatMul', ['same']),
  matrixProduct('BatchMatMul, one side shared', ['left', 'right', 'plain']),
  {
    name: '_FusedMatMul',
    kernels: ['_FusedMatMul'],
    runs: 12,
    cases: fc
      .tuple(side, side, side, fc.constantFrom('linear', 'relu', 'elu', 'relu6', 'sigmoid' as const))
      .map(([m, k, n, activation]) => ({
        operands: { a: { shape: [m, k] }, b: { shape: [k, n] }, bias: { shape: [n] } },
        note: activation,
        // tfjs differentiates fused operators only after relu, relu6, elu and linear; values are compared for all by the forward pass.
        apply: ({ a, b, bias }) =>
          tf.fused.matMul({
            a: a as tf.Tensor2D,
            b: b as tf.Tensor2D,
            bias: bias!,
            activation: activation === 'sigmoid' ? 'linear' : activation,
          }),
      })),
  },
  // ONNX knows no sum over labels of side zero; the mapping answers zeros, and tfjs's cpu backend fails.
  { name: 'Einsum', kernels: ['Einsum'], gradient: 'linear', runs: 40, cases: fc.oneof(...EQUATIONS.map(einsum)) },
];

// The inverse of a triangular matrix with ones on its diagonal, made of products alone: substitution by blocks of doubling side. Where X
// holds the inverses of the diagonal blocks of side s and B the blocks of T beside each pair of them, X - X B X holds those of side 2 s:
// [A 0; B C]⁻¹ = [A⁻¹ 0; -C⁻¹ B A⁻¹ C⁻¹]. ⌈log₂ n⌉ rounds of two products, as stable as substitution; the shorter product of powers
// (I - N)(I + N²)(I + N⁴) … is not, its powers grow far beyond the inverse.
import * as tf from '@tensorflow/tfjs';

/** What is not strictly below (above, for an upper) the diagonal of `matrix` [n, n] is not read. */
export function unitTriangularInverse(matrix: tf.Tensor2D, half: 'lower' | 'upper'): tf.Tensor2D {
  const size = matrix.shape[0];
  let inverse: tf.Tensor2D = tf.eye(size);
  for (let side = 1; side < size; side *= 2) {
    const between = tf.mul(matrix, besideBlocks(size, side, half));
    inverse = tf.sub(inverse, tf.matMul(tf.matMul(inverse, between), inverse));
  }
  return inverse;
}

/** 1 in the off-diagonal block of each pair of diagonal blocks of side `side`, 0 elsewhere. */
function besideBlocks(size: number, side: number, half: 'lower' | 'upper'): tf.Tensor2D {
  const mask = new Float32Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = 0; j < size; j++) {
      const [block, other] =
        half === 'lower' ? [Math.floor(i / side), Math.floor(j / side)] : [Math.floor(j / side), Math.floor(i / side)];
      if (block % 2 === 1 && other === block - 1) mask[i * size + j] = 1;
    }
  }
  return tf.tensor2d(mask, [size, size]);
}

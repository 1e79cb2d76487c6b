// Mean and variance of a few looks, the variance over n - 1.

export function moments(values: readonly number[]): { readonly mean: number; readonly variance: number } {
  const mean = values.reduce((sum, one) => sum + one, 0) / values.length;
  return { mean, variance: values.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (values.length - 1) };
}

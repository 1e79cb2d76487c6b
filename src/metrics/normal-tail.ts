// The chance that a standard normal lies farther out than z on either side: erfc(|z| / √2). By the power series of erf up to z = 3, by the
// continued fraction of erfc beyond it (Abramowitz & Stegun 7.1.5 and 7.1.14); 1e-13 of the value at least.

const NEAR = 3;
const TERMS = 60;

export function normalTail(z: number): number {
  const x = Math.abs(z) / Math.SQRT2;
  const gauss = Math.exp(-x * x) / Math.sqrt(Math.PI);
  if (Math.abs(z) < NEAR) {
    // erf x = 2/√π exp(-x²) Σ_n 2ⁿ x²ⁿ⁺¹ / (2n + 1)!!: all terms of one sign
    let term = x;
    let sum = 0;
    for (let n = 0; n < TERMS; n++) {
      sum += term;
      term *= (2 * x * x) / (2 * n + 3);
    }
    return 1 - 2 * gauss * sum;
  }
  // erfc x = exp(-x²)/√π · 1/(x + (1/2)/(x + 1/(x + (3/2)/(x + …))))
  let fraction = x;
  for (let n = TERMS; n >= 1; n--) fraction = x + n / 2 / fraction;
  return gauss / fraction;
}

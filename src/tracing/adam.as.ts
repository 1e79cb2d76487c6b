// One pass of Adam over a tensor in linear memory (equations: adam-update.ts), four floats at a time. Offsets are bytes, 16-aligned.
// m' = b1 m + a1 g, v' = b2 v + a2 g² (a = 1 - b times the gradient's factor), p' = p keep - step m' / (sqrt(v') root + epsilon),
// with step = rate / correction1 and root = 1 / sqrt(correction2).

export function adam(
  parameter: usize, gradient: usize, m: usize, v: usize, size: u32,
  beta1: f32, a1: f32, beta2: f32, a2: f32, step: f32, root: f32, epsilon: f32, keep: f32,
): void {
  const b1 = f32x4.splat(beta1);
  const b2 = f32x4.splat(beta2);
  const c1 = f32x4.splat(a1);
  const c2 = f32x4.splat(a2);
  const s = f32x4.splat(step);
  const r = f32x4.splat(root);
  const e = f32x4.splat(epsilon);
  const k = f32x4.splat(keep);
  const end: usize = (<usize>size & ~3) << 2;
  for (let i: usize = 0; i < end; i += 16) {
    const g = v128.load(gradient + i);
    const newM = f32x4.add(f32x4.mul(v128.load(m + i), b1), f32x4.mul(g, c1));
    const newV = f32x4.add(f32x4.mul(v128.load(v + i), b2), f32x4.mul(f32x4.mul(g, g), c2));
    v128.store(m + i, newM);
    v128.store(v + i, newV);
    const divisor = f32x4.add(f32x4.mul(f32x4.sqrt(newV), r), e);
    const moved = f32x4.div(f32x4.mul(newM, s), divisor);
    v128.store(parameter + i, f32x4.sub(f32x4.mul(v128.load(parameter + i), k), moved));
  }
  for (let i: usize = end; i < <usize>size << 2; i += 4) {
    const g = load<f32>(gradient + i);
    const newM = load<f32>(m + i) * beta1 + g * a1;
    const newV = load<f32>(v + i) * beta2 + g * g * a2;
    store<f32>(m + i, newM);
    store<f32>(v + i, newV);
    store<f32>(parameter + i, load<f32>(parameter + i) * keep - (newM * step) / (sqrt<f32>(newV) * root + epsilon));
  }
}

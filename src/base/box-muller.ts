// Pairs of standard normals from pairs of 32-bit words (Box & Muller 1958): r cos t and r sin t with r² = -2 ln u and t uniform on the circle.
// Logarithm, cosine and sine go by table and a short series (Tang 1989, 1990), and need products, sums and square roots only, which every
// machine rounds alike; an engine's own functions differ in the last bit from one to the next. Relative errors stay below 4e-14, out of
// float32's sight. Many at once are made by SIMD (WebAssembly), bit for bit the same: five times as fast as an engine's own functions.
import { fromBase64 } from './bytes.ts';
import wasm from './box-muller.wasm.ts';

const WORD = 2 ** -32;
const STEPS = 64;
const TURN_STEP = 2 ** 32 / STEPS;
const WORD_TO_ANGLE = 2 * Math.PI * WORD;

/** ln x for 1 ≤ x ≤ 2 as 2 artanh s, s = (x - 1) / (x + 1) ≤ 1/3; the smallest terms first. */
function logSeries(x: number): number {
  const s = (x - 1) / (x + 1);
  let sum = 0;
  for (let power = 37; power >= 1; power -= 2) sum = sum * s * s + 1 / power;
  return 2 * s * sum;
}

/** cos t from `power` 0, sin t from 1, for 0 ≤ t ≤ π / 4. */
function circleSeries(t: number, power: 0 | 1): number {
  let sum = 1;
  for (let k = 20 + power; k > 1; k -= 2) sum = 1 - ((sum * t * t) / k) * (1 / (k - 1));
  return power === 0 ? sum : sum * t;
}

/** cos of `step` 64ths of a turn: eighths of the circle are mirror images of the first, so that zeros and ones are exact. */
function cosineOfStep(step: number): number {
  const folded = Math.min(step, STEPS - step); // 0 … 32
  if (folded > STEPS / 4) return -cosineOfStep(STEPS / 2 - folded);
  const t = (2 * Math.PI) / STEPS;
  return folded <= STEPS / 8 ? circleSeries(folded * t, 0) : circleSeries((STEPS / 4 - folded) * t, 1);
}

const COSINES = Float64Array.from({ length: STEPS }, (_, step) => cosineOfStep(step));
const SINES = Float64Array.from({ length: STEPS }, (_, step) => cosineOfStep((step + (STEPS * 3) / 4) % STEPS));
/** ln (1 + i / 64) */
const LOGS = Float64Array.from({ length: STEPS + 1 }, (_, i) => logSeries(1 + i / STEPS));
/** By a word's leading zeros: what makes it 1 … 2, and what that takes off the logarithm. */
const SCALES = Float64Array.from({ length: 33 }, (_, zeros) => 2 ** (zeros - 31));
const OCTAVES = Float64Array.from({ length: 33 }, (_, zeros) => (zeros + 1) * (LOGS[STEPS] as number));

/** sqrt(-2 ln u), u = (word + ½) / 2^32. Near u = 1 the table's part cancels exactly and the series alone remains. */
export function radiusOf(word: number): number {
  const zeros = Math.clz32(word);
  const x = (word + 0.5) * (SCALES[zeros] as number);
  const i = (x * STEPS - (STEPS - 0.5)) | 0; // nearest 64th
  const near = 1 + i * (1 / STEPS);
  const s = (x - near) / (x + near); // |s| < 1/256
  const z = s * s;
  const series = 2 * s * (1 + z * (1 / 3 + z * (1 / 5 + z * (1 / 7))));
  return Math.sqrt(-2 * ((LOGS[i] as number) - (OCTAVES[zeros] as number) + series));
}

const stepOf = (word: number): number => ((word | 0) + TURN_STEP / 2) >>> 26;
/** The angle beyond that step, |t| ≤ π / 64. */
const beyondStep = (word: number): number => ((((word | 0) + TURN_STEP / 2) & (TURN_STEP - 1)) - TURN_STEP / 2) * WORD_TO_ANGLE;
const smallCosine = (y: number): number => 1 + y * (-1 / 2 + y * (1 / 24 + y * (-1 / 720 + y * (1 / 40_320))));
const smallSine = (t: number, y: number): number => t * (1 + y * (-1 / 6 + y * (1 / 120 + y * (-1 / 5040))));

/** cos (2π word / 2^32) */
export function cosineOf(word: number): number {
  const step = stepOf(word);
  const t = beyondStep(word);
  return (COSINES[step] as number) * smallCosine(t * t) - (SINES[step] as number) * smallSine(t, t * t);
}

/** sin (2π word / 2^32) */
export function sineOf(word: number): number {
  const step = stepOf(word);
  const t = beyondStep(word);
  return (SINES[step] as number) * smallCosine(t * t) + (COSINES[step] as number) * smallSine(t, t * t);
}

interface Kernel {
  /** Writes normals over its values and moves its generator on. */
  normals(count: number): void;
}

interface Instance {
  readonly kernel: Kernel;
  /** The generator's four words. */
  readonly state: Int32Array;
  readonly values: Float32Array;
}

/** Values of a call of the kernel. */
const BLOCK = 8192;
let instance: Instance | undefined;

function instantiate(): Instance {
  const memory = new WebAssembly.Memory({ initial: 1 });
  const made = new WebAssembly.Instance(new WebAssembly.Module(fromBase64(wasm)), { env: { memory } });
  const tables = new Float64Array(memory.buffer);
  COSINES.forEach((cosine, step) => {
    const sine = SINES[step] as number;
    tables.set([cosine, sine], 2 * step);
    tables.set([-sine, cosine], 2 * (STEPS + step));
  });
  tables.set(LOGS, 4 * STEPS);
  const state = new Int32Array(memory.buffer, 3072, 4);
  return { kernel: made.exports as unknown as Kernel, state, values: new Float32Array(memory.buffer, 4096, BLOCK) };
}

/** Fills out[from … to), an even count, by the words of xoshiro128++ from `state` on; the answer is its state afterwards, valid until the next call. */
export function fillPairs(state: ArrayLike<number>, out: Float32Array, from: number, to: number): ArrayLike<number> {
  instance ??= instantiate();
  const { kernel, values } = instance;
  instance.state.set(state);
  for (let at = from; at < to; at += BLOCK) {
    const count = Math.min(BLOCK, to - at);
    kernel.normals(count);
    out.set(count < BLOCK ? values.subarray(0, count) : values, at);
  }
  return instance.state;
}

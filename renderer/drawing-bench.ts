// The page of `karst bench drawing`: a landscape of so many seeded points, turned picture by picture, each waited for; then points picked
// here and there. What was measured is sent to where the page came from. The address says counts, size and how long to measure.
import { Rng } from '../src/base/rng.ts';
import { Landscape, type SceneTheme } from './scene/landscape.ts';
import { labelColours } from './scene/palette.ts';

const CLUSTERS = 10;
const PICKS = 9;
const WARM_UP_FRAMES = 2;
const FRAMES_AT_A_TIME = 3;

/** The page's dark theme; colours do not change how fast anything is drawn. */
const theme: SceneTheme = {
  ...{ dark: true, ground: '#12161b', ink: '#ece6da', text: '#cfd3d4', muted: '#8f9aa5', rule: '#2a333d' },
  ...{ accent: '#7cc4e8', contour: '#6f8496', collapse: '#ff9a3d' },
};

/** Clusters of unequal width on a ring: positions [count, 3] and labels. */
function clusters(count: number): { positions: Float32Array; labels: Int32Array } {
  const rng = Rng.fromSeed(1);
  const widths = Array.from({ length: CLUSTERS }, () => 0.4 + rng.uniform());
  const labels = Int32Array.from({ length: count }, (_, i) => i % CLUSTERS);
  const positions = rng.fillNormal(new Float32Array(3 * count));
  labels.forEach((label, i) => {
    const angle = (2 * Math.PI * label) / CLUSTERS;
    const centre = [5 * Math.cos(angle), 4 * Math.sin(angle), Math.sin(3 * angle)];
    for (let k = 0; k < 3; k++) {
      positions[3 * i + k] = (centre[k] as number) + (widths[label] as number) * (positions[3 * i + k] as number);
    }
  });
  return { positions, labels };
}

/** Median, and what 95 of a hundred stay below. */
function summary(times: readonly number[]): { medianMs: number; p95Ms: number } {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  return { medianMs: at(0.5), p95Ms: at(0.95) };
}

async function measure(container: HTMLElement, count: number, forMs: number): Promise<object> {
  const landscape = new Landscape(container, { theme, reducedMotion: true });
  try {
    const { positions, labels } = clusters(count);
    landscape.setPoints({ dims: 3, count, positions });
    landscape.setColours(labelColours(labels, true));
    landscape.measureFrames(WARM_UP_FRAMES); // shaders are compiled and buffers filled
    const frames: number[] = [];
    const startedMs = performance.now();
    while (performance.now() - startedMs < forMs) frames.push(...landscape.measureFrames(FRAMES_AT_A_TIME));
    const picks: number[] = [];
    for (let k = 0; k < PICKS; k++) {
      const at = performance.now();
      await landscape.pick(((k + 1) * container.clientWidth) / (PICKS + 1), container.clientHeight / 2);
      picks.push(performance.now() - at);
    }
    return { points: count, frames: frames.length, ...summary(frames), pickMs: summary(picks).medianMs };
  } finally {
    landscape.dispose();
  }
}

/** Who draws: the driver's own words where the browser tells them. */
function rendererName(): string {
  const gl = document.createElement('canvas').getContext('webgl2');
  if (!gl) throw new Error('this Chromium has no WebGL 2');
  const told = gl.getExtension('WEBGL_debug_renderer_info');
  return String(gl.getParameter(told ? told.UNMASKED_RENDERER_WEBGL : gl.RENDERER));
}

async function measureAll(): Promise<object> {
  const asked = new URLSearchParams(location.search);
  const [width, height, forMs] = ['width', 'height', 'forMs'].map((name) => Number(asked.get(name))) as [number, number, number];
  const container = document.getElementById('map') as HTMLElement;
  Object.assign(container.style, { position: 'relative', width: `${width}px`, height: `${height}px`, overflow: 'hidden' });
  const renderer = rendererName();
  const measured: object[] = [];
  for (const count of (asked.get('points') ?? '').split(',').map(Number)) measured.push(await measure(container, count, forMs));
  return { renderer, measured };
}

const answer = await measureAll().catch((thrown: unknown) => ({
  error: thrown instanceof Error ? thrown.message : String(thrown),
}));
await fetch('measured', { method: 'POST', body: JSON.stringify(answer) });

// What the scene's tests drive: one landscape over the whole window, seeded points, and counts of the GL objects that live.
import '@fontsource-variable/source-sans-3';
import { Rng } from '../../src/base/rng.ts';
import { Landscape, type LandscapeOptions, type SceneTheme } from '../../renderer/scene/landscape.ts';
import { labelColour, labelColours, valueColours } from '../../renderer/scene/palette.ts';

export const themes: Readonly<Record<'dark' | 'light', SceneTheme>> = {
  dark: { dark: true, ground: '#12161b', ink: '#ece6da', text: '#cfd3d4', muted: '#8b96a1', rule: '#2a333d', accent: '#7cc4e8', contour: '#6f8496', collapse: '#ff9a3d' },
  light: { dark: false, ground: '#f6f2e9', ink: '#1f262d', text: '#3a434c', muted: '#74726a', rule: '#ddd5c5', accent: '#1c6a94', contour: '#9a8f79', collapse: '#c8560a' },
}; // prettier-ignore

/** Gaussian clusters whose centres lie on a wide, uneven ring; labels go round. */
function clusters(count: number, of: number, seed: number, dims: 2 | 3 = 3): { positions: Float32Array; labels: Int32Array } {
  const rng = Rng.fromSeed(seed);
  const centres = Array.from({ length: of }, (_, k) => {
    const angle = (2 * Math.PI * k) / of + rng.normal() * 0.2;
    const reach = 4 + rng.normal() * 1.2;
    return [Math.cos(angle) * reach, Math.sin(angle) * reach * 0.8, rng.normal() * 1.6];
  });
  const spread = centres.map(() => [0.4 + rng.uniform() * 0.9, 0.4 + rng.uniform() * 0.9, 0.3 + rng.uniform() * 0.8]);
  const positions = new Float32Array(count * dims);
  const labels = Int32Array.from({ length: count }, (_, i) => i % of);
  for (let i = 0; i < count; i++) {
    for (let k = 0; k < dims; k++) {
      positions[i * dims + k] = (centres[i % of]?.[k] ?? 0) + rng.normal() * (spread[i % of]?.[k] ?? 1);
    }
  }
  return { positions, labels };
}

/** GL objects made and not yet deleted, counted at the context itself. */
const living: Record<string, number> = {};
for (const kind of ['Buffer', 'Texture', 'Program', 'Shader', 'VertexArray', 'Framebuffer', 'Renderbuffer']) {
  const gl = WebGL2RenderingContext.prototype as unknown as Record<string, (...args: unknown[]) => unknown>;
  const [create, remove] = [gl[`create${kind}`], gl[`delete${kind}`]];
  living[kind] = 0;
  gl[`create${kind}`] = function (this: unknown, ...args: unknown[]) {
    living[kind] = (living[kind] ?? 0) + 1;
    return create?.apply(this, args);
  };
  gl[`delete${kind}`] = function (this: unknown, ...args: unknown[]) {
    if (args[0]) living[kind] = (living[kind] ?? 0) - 1;
    return remove?.apply(this, args);
  };
}

const events: unknown[][] = [];

const laboratory = {
  Landscape,
  themes,
  clusters,
  labelColour,
  labelColours,
  valueColours,
  living,
  events,
  landscape: undefined as unknown as Landscape,
  /** A fresh landscape in the window, in place of the one before. */
  open(theme: 'dark' | 'light', options: Partial<LandscapeOptions> = {}): Landscape {
    this.landscape?.dispose();
    events.length = 0;
    const note =
      (name: string) =>
      (...args: unknown[]): void => {
        events.push([name, ...args]);
      };
    this.landscape = new Landscape(document.getElementById('map') as HTMLElement, {
      theme: themes[theme],
      reducedMotion: true,
      onHover: note('hover'),
      onPick: note('pick'),
      onSelect: note('select'),
      onViewChanged: note('view'),
      onContextLost: note('lost'),
      onContextRestored: note('restored'),
      ...options,
    });
    return this.landscape;
  },
  /** Waits until nothing has been drawn for a while. */
  async still(quietMs = 150): Promise<number> {
    for (;;) {
      const before = this.landscape.stats().frames;
      // A loaded machine may take long to give the next animation frame.
      for (let k = 0; k < 2; k++) await new Promise((resolve) => requestAnimationFrame(resolve));
      await new Promise((resolve) => setTimeout(resolve, quietMs));
      if (this.landscape.stats().frames === before && before > 0) return before;
    }
  },
};

export type Laboratory = typeof laboratory;
declare global {
  interface Window {
    laboratory: Laboratory;
  }
}
window.laboratory = laboratory;

// Sizes of the panels around the landscape, in rem, and which are folded away; remembered. A panel never squeezes the landscape out.
import { recall, remember } from './remembered.ts';

export type Panel = 'library' | 'inspector' | 'bench';

export const panelBounds: Readonly<Record<Panel, { readonly least: number; readonly most: number; readonly usual: number }>> = {
  library: { least: 11, most: 26, usual: 15 },
  inspector: { least: 15, most: 34, usual: 19 },
  bench: { least: 7, most: 32, usual: 10.5 },
};

const isSize = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value);
const bounded = (panel: Panel, size: number): number =>
  Math.min(panelBounds[panel].most, Math.max(panelBounds[panel].least, size));

/** A tall window leaves the bench more room. */
function usual(panel: Panel): number {
  const windowRem = innerHeight / parseFloat(getComputedStyle(document.documentElement).fontSize);
  return panel === 'bench' ? Math.max(panelBounds.bench.usual, 0.27 * windowRem) : panelBounds[panel].usual;
}

export class Layout {
  sizes = $state<Record<Panel, number>>({
    library: panelBounds.library.usual,
    inspector: panelBounds.inspector.usual,
    bench: panelBounds.bench.usual,
  });
  folded = $state<Record<Panel, boolean>>({ library: false, inspector: false, bench: false });

  constructor() {
    for (const panel of Object.keys(panelBounds) as Panel[]) {
      this.sizes[panel] = bounded(panel, recall<number>(`size.${panel}`, isSize) ?? usual(panel));
      this.folded[panel] = recall<boolean>(`folded.${panel}`, (value) => typeof value === 'boolean') ?? false;
    }
  }

  resize(panel: Panel, size: number): void {
    this.sizes[panel] = bounded(panel, size);
    remember(`size.${panel}`, this.sizes[panel]);
  }

  fold(panel: Panel, folded: boolean): void {
    this.folded[panel] = folded;
    remember(`folded.${panel}`, folded);
  }
}

// Dark or light: the system's preference until a person chooses, then their choice, remembered. The scene gets its colours from the same
// tokens, read through a probe so that the browser resolves them.
import type { SceneTheme } from '../scene/landscape.ts';
import { recall, remember } from '../state/remembered.ts';

type Choice = 'system' | 'dark' | 'light';

const names = ['ground', 'ink', 'text', 'muted', 'rule', 'accent', 'contour', 'collapse'] as const;

export class Theme {
  choice = $state<Choice>('system');
  #systemDark = $state(true);
  readonly dark = $derived(this.choice === 'system' ? this.#systemDark : this.choice === 'dark');
  reducedMotion = $state(false);

  constructor() {
    this.choice = recall<Choice>('theme', (value) => value === 'dark' || value === 'light') ?? 'system';
    const dark = matchMedia('(prefers-color-scheme: dark)');
    const reduced = matchMedia('(prefers-reduced-motion: reduce)');
    this.#systemDark = dark.matches;
    this.reducedMotion = reduced.matches;
    dark.addEventListener('change', () => (this.#systemDark = dark.matches));
    reduced.addEventListener('change', () => (this.reducedMotion = reduced.matches));
    this.#show();
  }

  toggle(): void {
    this.choice = this.dark ? 'light' : 'dark';
    remember('theme', this.choice);
    this.#show();
  }

  /** The scene's colours as they are now. */
  scene(): SceneTheme {
    const colours = Object.fromEntries(names.map((name) => [name, tokenColour(`--${name}`)])) as Record<
      (typeof names)[number],
      string
    >;
    return { dark: this.dark, ...colours };
  }

  #show(): void {
    if (this.choice === 'system') delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = this.choice;
  }
}

/** What a colour token is in the present theme, as `rgb(r, g, b)`. */
function tokenColour(token: string): string {
  const probe = document.createElement('span');
  probe.style.color = `var(${token})`;
  document.body.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}

export interface Facts {
  /** As process.platform. */
  readonly platform: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Whether Electron's program and the app's main script are there. */
  readonly hasElectron: boolean;
  /** Whether this Linux runs inside Windows. */
  readonly isWsl?: boolean;
  /** Whether xdg-open is there (Linux). */
  readonly hasXdgOpen?: boolean;
  /** What was given after `npm start --`. */
  readonly args?: readonly string[];
}

export interface Plan {
  readonly kind: 'desktop' | 'serve';
  /** Why it is served, to be said. */
  readonly note?: string;
  /** The command that opens an address, which is put behind it; absent where none is tried. */
  readonly opener?: readonly string[];
  /** What to say instead of opening it. */
  readonly hint?: string;
  /** For `karst serve`. */
  readonly args: readonly string[];
}

export function planStart(facts: Facts): Plan;

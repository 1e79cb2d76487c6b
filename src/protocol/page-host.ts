// What a desktop shell lends the page beside the engine's port. In a browser there is no host: `window.karstHost` is undefined and the
// page asks for paths as text.

/** Put on `window.karstHost` by the preload script. */
export interface PageHost {
  readonly platform: string;
  /** The path of a dropped or chosen File, or '' where it has none. */
  pathOf(file: unknown): string;
  /** Lets the person choose a file or folder; undefined when they cancel. */
  choosePath(kind: 'dataset-folder' | 'dataset-file' | 'save-grid'): Promise<string | undefined>;
  /** Shows a file in the system's file browser. */
  reveal(path: string): Promise<void>;
}

/** The page listens for `message` events whose data is this text: `ports[0]` leads to the engine. It comes again after an engine restart. */
export const enginePortMessage = 'karst-engine-port';

// What main and the engine's process tell each other, beside the pages' own ports.

export type ToEngine =
  /** A page; its port comes along. */
  | { readonly type: 'connect' }
  /** The process asked for is there; its port comes along. */
  | { readonly type: 'started'; readonly id: number }
  | { readonly type: 'ended'; readonly id: number; readonly code: number }
  /** Checkpoint whatever trains, and end. */
  | { readonly type: 'stop' };

export type FromEngine =
  | { readonly type: 'start'; readonly id: number; readonly entry: string; readonly env: Readonly<Record<string, string>> }
  | { readonly type: 'kill'; readonly id: number };

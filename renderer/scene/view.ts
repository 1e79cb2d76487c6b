// Where the camera stands, as plain numbers, and the pure arithmetic over it: fitting, zooming about a place, moving and turning.
// The map's third axis is up. The camera looks from `distance` away at `target`; azimuth turns about the third axis, elevation is the
// angle above the floor (pi/2: from above, as one reads a flat map).

export interface View {
  readonly target: readonly [number, number, number];
  /** Radians. 0: looking along the map's second axis, first axis to the right. */
  readonly azimuth: number;
  /** Radians above the floor, 0 … pi/2. */
  readonly elevation: number;
  /** Map units from the camera to the target. */
  readonly distance: number;
  /** `perspective` in 3-D; `plan` is a very long lens, so that parallel lines stay parallel. */
  readonly lens: 'perspective' | 'plan';
}

export type KeyboardAction =
  | 'turn-left'
  | 'turn-right'
  | 'turn-up'
  | 'turn-down'
  | 'move-left'
  | 'move-right'
  | 'move-up'
  | 'move-down'
  | 'zoom-in'
  | 'zoom-out'
  | 'from-above'
  | 'from-side'
  | 'fit'
  | 'reset';

// The view after a key: small turns, moves and zooms, the same for the buttons beside the map.
import { moveBy, turnBy, zoomAbout, type KeyboardAction, type View } from './view.ts';

const TURN = 0.14; // radians
const MOVE_PIXELS = 70;
const ZOOM = 1.3;

/** `flat`: the map is read from above only. height: of the window, CSS pixels. */
export function viewAfter(action: Exclude<KeyboardAction, 'fit' | 'reset'>, view: View, height: number, flat: boolean): View {
  const turn = (azimuth: number, elevation: number): View => (flat ? view : turnBy(view, azimuth, elevation));
  const views: Record<typeof action, () => View> = {
    'turn-left': () => turn(TURN, 0),
    'turn-right': () => turn(-TURN, 0),
    'turn-up': () => turn(0, TURN),
    'turn-down': () => turn(0, -TURN),
    'move-left': () => moveBy(view, MOVE_PIXELS, 0, height),
    'move-right': () => moveBy(view, -MOVE_PIXELS, 0, height),
    'move-up': () => moveBy(view, 0, MOVE_PIXELS, height),
    'move-down': () => moveBy(view, 0, -MOVE_PIXELS, height),
    'zoom-in': () => zoomAbout(view, view.target, 1 / ZOOM),
    'zoom-out': () => zoomAbout(view, view.target, ZOOM),
    'from-above': () => ({ ...view, azimuth: 0, elevation: Math.PI / 2 }),
    'from-side': () => (flat ? view : { ...view, elevation: 0.12 }),
  };
  return views[action]();
}

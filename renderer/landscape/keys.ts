// Keys of the landscape. Tab is left alone, so that nobody is caught in the map.
import type { KeyboardAction } from '../scene/landscape.ts';

type Direction = 'left' | 'right' | 'up' | 'down';
export type MapKey =
  | { readonly kind: 'view'; readonly action: KeyboardAction }
  | { readonly kind: 'walk'; readonly direction: Direction }
  | { readonly kind: 'pick' }
  | { readonly kind: 'decode' }
  | { readonly kind: 'tool'; readonly tool: 'lasso' | 'rectangle' }
  /** The point pointed at joins the selection, or leaves it. */
  | { readonly kind: 'select' }
  | { readonly kind: 'clear' };

const arrows: Readonly<Record<string, Direction>> = { ArrowLeft: 'left', ArrowRight: 'right', ArrowUp: 'up', ArrowDown: 'down' };
/** n: the next point, to the right of the one pointed at, or the one nearest to the centre. */
const walks: Readonly<Record<string, Direction>> = { a: 'left', d: 'right', w: 'up', s: 'down', n: 'right' };
const tools: Readonly<Record<string, 'lasso' | 'rectangle'>> = { l: 'lasso', b: 'rectangle' };
const views: Readonly<Record<string, KeyboardAction>> = {
  '+': 'zoom-in',
  '=': 'zoom-in',
  '-': 'zoom-out',
  _: 'zoom-out',
  f: 'fit',
  r: 'reset',
  t: 'from-above',
  h: 'from-side',
};

export function keyAction(event: Pick<KeyboardEvent, 'key' | 'shiftKey' | 'altKey'>, dims: 2 | 3): MapKey | undefined {
  const arrow = arrows[event.key];
  if (arrow && event.altKey) return { kind: 'walk', direction: arrow };
  if (arrow) return { kind: 'view', action: `${dims === 2 || event.shiftKey ? 'move' : 'turn'}-${arrow}` };
  if (event.altKey) return undefined;
  if (event.key === 'Enter' || event.key === ' ') return { kind: event.shiftKey ? 'select' : 'pick' };
  if (event.key === 'e' || event.key === 'E') return { kind: 'decode' };
  if (event.key === 'Escape') return { kind: 'clear' };
  const key = event.key.toLowerCase();
  const tool = tools[key];
  if (tool) return { kind: 'tool', tool };
  const walk = walks[key];
  if (walk) return { kind: 'walk', direction: walk };
  const action = views[key];
  return action && { kind: 'view', action };
}

// The words on the map: its labels, and A and B, at their points or at the ends of a path between them.
import type { PlacedText } from './labels-layer.ts';
import type { MapLabel, Markers } from './landscape-api.ts';
import type { Vec3 } from './view.ts';

export function mapTexts(
  labels: readonly MapLabel[],
  marked: Markers,
  pathEnds: readonly Vec3[],
  placeOf: (index: number) => Vec3 | undefined,
): PlacedText[] {
  const texts: PlacedText[] = labels.map((label) => ({
    text: label.text,
    place: () => [label.position[0] ?? 0, label.position[1] ?? 0, label.position[2] ?? 0],
    priority: label.priority ?? 0,
    lift: label.lift ?? 0,
    strong: false,
    ...(label.colour === undefined ? {} : { colour: label.colour }),
  }));
  const ends = [marked.a, marked.b];
  ['A', 'B'].forEach((text, k) => {
    const index = ends[k];
    const fixed = pathEnds[k];
    if (index === undefined && !fixed) return;
    const place = (): Vec3 | undefined => fixed ?? (index === undefined ? undefined : placeOf(index));
    texts.push({ text, place, priority: 1e6, lift: 17, strong: true });
  });
  return texts;
}

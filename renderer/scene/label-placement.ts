// Keeps words on the map from covering each other: labels are taken by priority, each tries a few places around its anchor, and one that
// fits nowhere stays away (greedy point-feature labelling, Christensen, Marks & Shieber 1995). Labels already shown come first among
// equals, so that they do not flicker while the map turns.

export interface LabelBox {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly priority: number;
  readonly wasShown: boolean;
}

export interface PlacedLabel {
  /** Upper left corner. */
  readonly left: number;
  readonly top: number;
}

const GAP = 4;
/** Shifts in heights of the label: on the anchor, above, below. */
const SHIFTS = [0, -1.1, 1.1];

/** For each label its place, or undefined when it has none inside the window. */
export function placeLabels(labels: readonly LabelBox[], width: number, height: number): (PlacedLabel | undefined)[] {
  const rank = (i: number): number => (labels[i]?.priority ?? 0) + (labels[i]?.wasShown ? 0.5 : 0);
  const order = labels.map((_, i) => i).sort((a, b) => rank(b) - rank(a) || a - b);
  const taken: { left: number; top: number; right: number; bottom: number }[] = [];
  const places: (PlacedLabel | undefined)[] = labels.map(() => undefined);
  for (const i of order) {
    const label = labels[i] as LabelBox;
    for (const shift of SHIFTS) {
      const left = label.x - label.width / 2;
      const top = label.y - label.height / 2 + shift * label.height;
      const box = { left: left - GAP, top: top - GAP / 2, right: left + label.width + GAP, bottom: top + label.height + GAP / 2 };
      if (left < 0 || top < 0 || left + label.width > width || top + label.height > height) continue;
      if (taken.some((t) => t.left < box.right && box.left < t.right && t.top < box.bottom && box.top < t.bottom)) continue;
      taken.push(box);
      places[i] = { left, top };
      break;
    }
  }
  return places;
}

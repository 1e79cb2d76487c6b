// Datasets that come in parts: train and test, each with labels of its own.

export interface NamedLabels {
  readonly labels: Int32Array;
  readonly names: readonly string[];
}

/** Labels of several parts, one below the other, under one list of names: numbers ascending, text in code-unit order. */
export function joinLabels(parts: readonly NamedLabels[]): { labels: Int32Array; labelNames: string[] } {
  const labelNames = sortLabelNames(new Set(parts.flatMap((part) => part.names)));
  const order = new Map(labelNames.map((name, i) => [name, i]));
  const labels = new Int32Array(parts.reduce((sum, part) => sum + part.labels.length, 0));
  let offset = 0;
  for (const part of parts) {
    const moved = part.names.map((name) => order.get(name) as number);
    for (const label of part.labels) labels[offset++] = label < 0 ? -1 : (moved[label] as number);
  }
  return { labels, labelNames };
}

export function sortLabelNames(names: Iterable<string>): string[] {
  const list = [...names];
  const numeric = list.every((name) => name.trim() !== '' && Number.isFinite(Number(name)));
  return numeric ? list.sort((a, b) => Number(a) - Number(b)) : list.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}

/** The last `testRows` of `trainRows + testRows`. */
export const heldOutAfter = (trainRows: number, testRows: number): Int32Array =>
  Int32Array.from({ length: testRows }, (_, i) => trainRows + i);

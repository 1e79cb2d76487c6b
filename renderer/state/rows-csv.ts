// Rows of a map as text: one line a row, one column for everything that the map knows of it (RFC 4180). Numbers are written as they are held,
// so that they read back the same.
import type { MapRecord } from '../../src/protocol/records.ts';

const AXES = ['x', 'y', 'z'];
const quoted = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** `indices`: the points' places on the map. Map units; reconstruction and KL in nats. */
export function rowsCsv(map: MapRecord, indices: Iterable<number>): string {
  const { dims, positions, rowIds, labels, labelNames, reconstruction, kl } = map;
  const columns: [string, (index: number) => string][] = [['row', (i) => String(rowIds[i])]];
  if (labels) {
    const nameOf = (label: number): string => (label < 0 ? '' : (labelNames?.[label] ?? String(label)));
    columns.push(['label', (i) => quoted(nameOf(labels[i] as number))]);
  }
  for (const [axis, name] of AXES.slice(0, dims).entries()) columns.push([name, (i) => String(positions[i * dims + axis])]);
  if (reconstruction) columns.push(['reconstruction_nats', (i) => String(reconstruction[i])]);
  if (kl) columns.push(['kl_nats', (i) => String(kl[i])]);
  const lines = Array.from(indices, (index) => columns.map(([, cell]) => cell(index)).join(','));
  return [columns.map(([name]) => name).join(','), ...lines, ''].join('\n');
}

// A small drawing of where the map's axes point, as the compass rose of a printed map. Axes that point away are fainter.
import type { SceneColours } from './layer.ts';
import { toHex } from './colour.ts';
import { basisOf, type View } from './view.ts';

const SVG = 'http://www.w3.org/2000/svg';
const SIZE = 72;
const LENGTH = 22;

export class AxisRose {
  readonly element: SVGSVGElement;
  readonly #axes: { line: SVGLineElement; letter: SVGTextElement }[] = [];
  readonly #centre: SVGCircleElement;

  constructor(document: Document) {
    this.element = document.createElementNS(SVG, 'svg');
    const attributes = { width: SIZE, height: SIZE, viewBox: `${-SIZE / 2} ${-SIZE / 2} ${SIZE} ${SIZE}`, 'aria-hidden': 'true' };
    for (const [name, value] of Object.entries(attributes)) this.element.setAttribute(name, String(value));
    for (let k = 0; k < 3; k++) {
      const line = document.createElementNS(SVG, 'line');
      const letter = document.createElementNS(SVG, 'text');
      letter.textContent = String(k + 1);
      letter.setAttribute('text-anchor', 'middle');
      letter.setAttribute('dominant-baseline', 'central');
      letter.setAttribute('font-size', '10.5');
      line.setAttribute('stroke-width', '1.25');
      line.setAttribute('stroke-linecap', 'round');
      this.element.append(line, letter);
      this.#axes.push({ line, letter });
    }
    this.#centre = document.createElementNS(SVG, 'circle');
    this.#centre.setAttribute('r', '1.75');
    this.element.append(this.#centre);
  }

  setTheme(colours: SceneColours): void {
    for (const { line, letter } of this.#axes) {
      line.setAttribute('stroke', toHex(colours.contour));
      letter.setAttribute('fill', toHex(colours.muted));
    }
    this.#centre.setAttribute('fill', toHex(colours.contour));
  }

  update(view: View, dims: 2 | 3): void {
    const { right, up, forward } = basisOf(view);
    this.#axes.forEach(({ line, letter }, k) => {
      const [x, y, away] = [right[k] as number, -(up[k] as number), forward[k] as number];
      const shown = dims > k && Math.hypot(x, y) > 0.08;
      for (const element of [line, letter]) element.setAttribute('opacity', shown ? String(0.95 - 0.3 * Math.max(0, away)) : '0');
      line.setAttribute('x2', (x * LENGTH).toFixed(2));
      line.setAttribute('y2', (y * LENGTH).toFixed(2));
      const length = Math.max(1e-6, Math.hypot(x, y));
      letter.setAttribute('x', (x * LENGTH + (x / length) * 8).toFixed(2));
      letter.setAttribute('y', (y * LENGTH + (y / length) * 8).toFixed(2));
    });
  }
}

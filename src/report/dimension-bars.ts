// Latent dimensions by the information they carry, nats, the most informative first; the dead ones stay in the list, greyed, and say so.
import { dimensionsOf } from './curves.ts';
import { html, type Markup } from './markup.ts';
import { dimensionName, fixed } from './words.ts';

const [WIDTH, ROW, LEFT, RIGHT] = [440, 17, 40, 80];
/** The longest bar stands for at least this much, so that noise does not look like information. */
export const LEAST_SCALE_NATS = 0.1;
/** More dimensions than this stand in two columns. */
const ONE_COLUMN = 8;

export function dimensionBars(klPerDimension: readonly number[], activeUnits: number): Markup {
  const dimensions = dimensionsOf(klPerDimension, activeUnits);
  const most = Math.max(...klPerDimension.filter(Number.isFinite), LEAST_SCALE_NATS);
  const dead = dimensions.filter(({ isDead }) => isDead).length;
  const half = dimensions.length > ONE_COLUMN ? Math.ceil(dimensions.length / 2) : dimensions.length;
  const columns = [dimensions.slice(0, half), dimensions.slice(half)].filter(({ length }) => length > 0);
  const whole = `Nats by dimension, the largest first: ${dimensions.map(({ index, klNats }) => `${dimensionName(index)} ${fixed(klNats, 2)}`).join(', ')}. ${dead} say nothing.`;
  return html`<figure>
    <figcaption>
      KL by dimension, nats
      <span class="muted">${dimensions.length - dead} of ${dimensions.length} carry information</span>
    </figcaption>
    <div class="columns bars">
      ${columns.map(
        (part, i) =>
          html`<svg
            class="chart"
            viewBox="0 0 ${WIDTH} ${half * ROW}"
            role="img"
            aria-label="${i === 0 ? whole : 'The same, continued.'}"
          >
            ${part.map(({ index, klNats, isDead }, row) => {
              const length = (Math.max(0, klNats) / most) * (WIDTH - LEFT - RIGHT);
              const middle = row * ROW + ROW / 2;
              return html`<text x="0" y="${middle + 4}">${dimensionName(index)}</text>
                <rect
                  class="${isDead ? 'dead' : 'bar'}"
                  x="${LEFT}"
                  y="${middle - 5}"
                  width="${Math.max(1, length).toFixed(1)}"
                  height="10"
                />
                <text class="${isDead ? 'dead' : 'ink'}" x="${WIDTH}" y="${middle + 4}" text-anchor="end">
                  ${isDead ? `dead ${fixed(klNats, 2)}` : fixed(klNats, 2)}
                </text>`;
            })}
          </svg>`,
      )}
    </div>
  </figure>`;
}

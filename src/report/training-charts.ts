// Training curves as figures, one below the other over the same steps, with what happened on the way (warnings, knobs, cures) marked at its step.
// The values at the end stand in the caption, so that a chart has its say without being seen.
import { curvesOf, type CurveChart } from './curves.ts';
import { html, type Markup } from './markup.ts';
import { linear, pathOf, ticks, valueRange, type Curve } from './scale.ts';
import type { ReportRecord } from '../protocol/records.ts';
import { count, figure } from './words.ts';

/** Something that happened while a run trained. */
export interface Happening {
  readonly step: number;
  readonly kind: 'warned' | 'changed';
  /** One sentence. */
  readonly text: string;
}

export interface Course {
  readonly reports: readonly ReportRecord[];
  readonly happenings: readonly Happening[];
  /** The step that the figures beside it are of. */
  readonly step: number;
}

const [WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM] = [560, 150, 52, 8, 14, 22];

/** One number each; what happened at the same step shares it. */
export function numbered(happenings: readonly Happening[]): ReadonlyMap<number, number> {
  const steps = [...new Set(happenings.map(({ step }) => step))].sort((a, b) => a - b);
  return new Map(steps.map((step, i) => [step, i + 1]));
}

export function trainingCharts({ reports, happenings, step }: Course): Markup {
  const charts = curvesOf(reports);
  const marks = numbered(happenings);
  return html`<div class="columns">${charts.map((chart) => chartOf(chart, happenings, marks, step))}</div>
    ${happenings.length === 0 ? undefined : happeningList(happenings, marks)}`;
}

function chartOf(chart: CurveChart, happenings: readonly Happening[], marks: ReadonlyMap<number, number>, shown: number): Markup {
  const { id, title, training, limits } = chart;
  const other = chart.heldOut ?? chart.raw;
  const curves = other ? [training, other] : [training];
  const last = Math.max(1, ...curves.map(({ steps }) => steps.at(-1) ?? 1));
  const x = linear(0, last, LEFT, WIDTH - RIGHT);
  const range = valueRange(curves, limits);
  const y = linear(...range, HEIGHT - BOTTOM, TOP);
  const ends = curves.filter(({ steps }) => steps.length > 0).map((one) => `${one.name} ${figure(one.values.at(-1) as number)}`);
  const clip = `clip-${id.replace(/\W/g, '-')}`;
  const within = [...marks].filter(([step]) => step <= last);
  return html`<figure>
    <figcaption>${title}<br /><span class="muted small">${keys(curves)}</span></figcaption>
    <svg class="chart" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${`${title}, ${spoken(curves)}`}">
      ${ticks(...range, 3).map(
        (tick) =>
          html`<line class="grid" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${at(y.to(tick))}" y2="${at(y.to(tick))}" />
            <text x="${LEFT - 6}" y="${at(y.to(tick) + 3.5)}" text-anchor="end">${figure(tick, 2)}</text>`,
      )}
      ${ticks(0, last, 5).map((tick) => html`<text x="${at(x.to(tick))}" y="${HEIGHT - 6}" text-anchor="middle">${count(tick)}</text>`)}
      ${within.map(([step, number]) => {
        const kind = happenings.some((one) => one.step === step && one.kind === 'warned') ? 'warned' : 'changed';
        return html`<line
            class="mark ${kind}"
            x1="${at(x.to(step))}"
            x2="${at(x.to(step))}"
            y1="${TOP}"
            y2="${HEIGHT - BOTTOM}"
          />
          <text class="${kind}" x="${at(x.to(step))}" y="${TOP - 4}" text-anchor="middle">${number}</text>`;
      })}
      ${
        shown > 0 && shown < last
          ? html`<line class="here" x1="${at(x.to(shown))}" x2="${at(x.to(shown))}" y1="${TOP}" y2="${HEIGHT - BOTTOM}" />`
          : undefined
      }
      <clipPath id="${clip}">
        <rect x="${LEFT}" y="${TOP - 2}" width="${WIDTH - LEFT}" height="${HEIGHT - TOP - BOTTOM + 4}" />
      </clipPath>
      <g clip-path="url(#${clip})">
        <path class="line" d="${pathOf(training, x, y)}" />
        ${other ? html`<path class="line beside" d="${pathOf(other, x, y)}" />` : undefined}
      </g>
    </svg>
    <p class="muted small">At the end: ${ends.join(', ')}.</p>
  </figure>`;
}

const at = (value: number): string => value.toFixed(1);

const keys = (curves: readonly Curve[]): Markup =>
  html`${curves.map(({ name }, i) => html`<span class="key ${i === 0 ? 'own' : 'beside'}"></span>${name} `)}`;

function spoken(curves: readonly Curve[]): string {
  const told = curves
    .filter(({ values }) => values.length > 0)
    .map(({ name, steps, values }) => {
      const [first, last] = [values[0] as number, values.at(-1) as number];
      return `${name} from ${figure(first)} at step ${count(steps[0] as number)} to ${figure(last)} at step ${count(steps.at(-1) as number)}`;
    });
  return told.join('; ') || 'no values yet';
}

function happeningList(happenings: readonly Happening[], marks: ReadonlyMap<number, number>): Markup {
  const sorted = happenings.toSorted((a, b) => a.step - b.step);
  return html`<h3 style="margin-top:1.25rem">What happened on the way</h3>
    <ol class="marks small">
      ${sorted.map(
        ({ step, kind, text }) =>
          html`<li>
            <span class="number ${kind === 'warned' ? 'collapse' : 'muted'}">${marks.get(step) as number}</span>
            <span class="number">step ${count(step)}</span><span>${text}</span>
          </li>`,
      )}
    </ol>`;
}

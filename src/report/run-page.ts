// The collapse report of one checkpoint as a page to keep and to hand on. The same record gives the same bytes.
import type { FamilyRecord, MeasureRecord } from '../protocol/records.ts';
import { dimensionBars } from './dimension-bars.ts';
import { factsSection, type RunFacts } from './facts-section.ts';
import { html, type Markup } from './markup.ts';
import { metricSection } from './metric-section.ts';
import { figureOf, page, type Picture } from './page.ts';
import type { PageFont } from './type.ts';
import { trainingCharts, type Course } from './training-charts.ts';
import { verdictSection } from './verdict-section.ts';
import { warningSection, type Warned } from './warning-section.ts';
import { count } from './words.ts';

export interface RunReport {
  readonly measure: MeasureRecord;
  readonly facts: RunFacts;
  readonly course: Course;
  readonly pictures: readonly Picture[];
  /** What training was warned of up to this step. */
  readonly warned: readonly Warned[];
  readonly families: readonly FamilyRecord[];
  readonly fonts: readonly PageFont[];
}

export function runPage({ measure, facts, course, pictures, warned, families, fonts }: RunReport): string {
  const { step, heldOut, klPerDimension, activeUnits } = measure;
  const name = `${facts.title}, step ${count(step)}`;
  const body = [
    html`<header class="top">
      <p class="above">Collapse report</p>
      <h1>${facts.title}</h1>
      <p class="muted">
        ${facts.model} on ${facts.dataset.title}, step <span class="number">${count(step)}</span>, measured over
        <span class="number">${count(heldOut.rows)}</span> held-out rows
      </p>
    </header>`,
    verdictSection(measure.verdict, facts.run),
    warned.length === 0 ? undefined : section('warnings', 'Warnings while it trained', warningSection(warned)),
    pictures.length === 0 ? undefined : section('samples', 'Samples', html`<div class="columns">${pictures.map(figureOf)}</div>`),
    heldOut.kl === undefined ? undefined : section('dimensions', 'Latent dimensions', dimensionBars(klPerDimension, activeUnits)),
    course.reports.length === 0 ? undefined : section('training', 'Training', trainingCharts(course)),
    metricSection(measure, families),
    factsSection(facts),
    footer(facts.versions['karst']),
  ];
  return page(`${name}: collapse report`, body, fonts);
}

export const section = (id: string, title: string, body: Markup): Markup =>
  html`<section aria-labelledby="${id}">
    <h2 id="${id}">${title}</h2>
    ${body}
  </section>`;

export const footer = (karst: string | undefined): Markup =>
  html`<footer class="muted small">
    <p>Written by Karst ${karst ?? ''}. Nothing on this page is loaded from elsewhere.</p>
  </footer>`;

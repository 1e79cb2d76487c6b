// What `measure` found, as rows of a table: name and value with its unit. A model has a bound or it has samples that were scored.
import type { MeasureRecord, ModesRecord, SampleQualityRecord } from '../../src/protocol/records.ts';
import { figure } from './words.ts';

export type Fact = readonly [name: string, value: string];

export function figuresOf(measure: MeasureRecord): Fact[] {
  const { heldOut, logLikelihood, samples, rawSamples, mutualInformation: information } = measure;
  const nats = (value: number, digits: number): string => `${figure(value, digits)} nats`;
  const hasBound = heldOut.elbo !== undefined;
  return [
    ...(heldOut.elbo === undefined ? [] : [['Held-out ELBO', nats(heldOut.elbo, 4)] as const]),
    [hasBound ? 'Reconstruction' : 'Residual', nats(heldOut.reconstruction, 4)],
    ...(heldOut.kl === undefined ? [] : [['KL', nats(heldOut.kl, 3)] as const]),
    ...(logLikelihood ? [['Log-likelihood', `≥ ${nats(logLikelihood.nats, 4)}`] as const] : []),
    ...(samples ? qualityOf(samples) : []),
    ...(rawSamples ? qualityOf(rawSamples).map(([name, value]): Fact => [`${name}, raw`, value]) : []),
    ['Active units', `${measure.activeUnits} of ${measure.latentSize}`],
    ['Effective rank', figure(measure.effectiveRank, 3)],
    ['Participation ratio', figure(measure.participationRatio, 3)],
    ['Mutual information', `${figure(information.nats, 3)} of ≤ ${nats(information.capNats, 3)}`],
  ];
}

/** Each score beside what real rows get in the samples' place. */
function qualityOf({ real: { mean }, modes, ...scores }: SampleQualityRecord): Fact[] {
  const names = { coverage: 'Coverage', precision: 'Precision', recall: 'Recall', density: 'Density', covarianceRatio: 'Spread' };
  const scored = (Object.entries(names) as [keyof typeof names, string][]).map(([key, name]): Fact => [
    name,
    `${figure(scores[key], 2)}, real ${figure(mean[key], 2)}`,
  ]);
  return [...(modes ? modesOf(modes) : []), ...scored];
}

const modesOf = ({ captured, of, highQuality, reverseKlNats }: ModesRecord): Fact[] => [
  ['Modes reached', `${captured} of ${of}`],
  ['Samples near a mode', `${figure(100 * highQuality, 2)} %`],
  ...(reverseKlNats === undefined ? [] : [['Reverse KL of the modes', `${figure(reverseKlNats, 2)} nats`] as const]),
];

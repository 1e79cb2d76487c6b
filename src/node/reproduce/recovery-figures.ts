// The figures that tell whether a cause has gone, read from what training and measuring saw. NaN where it was not seen.
import type { SignsRecord } from '../../protocol/signs.ts';

export type Looked = SignsRecord;

interface Figure {
  readonly title: string;
  readonly digits: number;
  /** Which way is better. */
  readonly better: 'more' | 'less';
  readonly of: (signs: Looked) => number;
}

const figure = (title: string, digits: number, better: Figure['better'], of: (signs: Looked) => number | undefined): Figure => ({
  ...{ title, digits, better },
  of: (signs) => of(signs) ?? NaN,
});

export const figures = {
  information: figure('nats that a code says', 2, 'more', ({ latent }) => latent?.mutualInformation.nats),
  unitShare: figure(
    'share of dimensions that are active',
    2,
    'more',
    ({ latent }) => latent && latent.activeUnits / latent.latentSize,
  ),
  gap: figure('nats lost with another row’s code', 2, 'more', ({ decoder }) => decoder?.shuffledGap?.nats),
  aggregateKl: figure('nats of all codes from the prior', 2, 'less', ({ latent }) => latent?.aggregateKl),
  lifelike: figure('share of samples that look like the data', 2, 'more', ({ prior }) => prior?.lifelike),
  modes: figure('modes with samples', 0, 'more', ({ samples }) => samples?.modes?.captured),
  unevenness: figure('nats of samples from even modes', 2, 'less', ({ samples }) => samples?.modes?.reverseKlNats),
  onModes: figure('share of samples on a mode', 2, 'more', ({ samples }) => samples?.modes?.highQuality),
  accuracy: figure('discriminator right', 2, 'less', ({ training }) => training?.discriminatorAccuracy),
  overfit: figure('way of held-out rows from real to made', 2, 'less', ({ training }) => training?.overfitShare),
  copying: figure('C_T', 1, 'more', ({ memory }) => memory?.dataCopying),
  perplexity: figure('codes, as if used alike', 1, 'more', ({ latent }) => latent?.codebook?.perplexity),
  loss: figure('loss', 1, 'less', ({ training }) => training?.losses?.['loss']),
} as const satisfies Readonly<Record<string, Figure>>;

export type FigureId = keyof typeof figures;

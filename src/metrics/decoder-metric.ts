// A DecoderMetric is a number about what a decoder makes of codes: how it bends the space of codes, at draws from the prior, and whether it
// listens to them.
import { counted } from '../base/counted.ts';
import { KarstError } from '../base/errors.ts';
import type { Measured } from './metric.ts';
import type { Pullback } from './pullback.ts';

/** What was found out about a decoder, as far as it was. */
export interface DecoderFindings {
  /** Its slopes at draws from the prior. */
  readonly pullback?: Pullback;
  /** Nats that each row loses when it is drawn from its own code, and when from another row's. */
  readonly distortions?: { readonly own: Float32Array; readonly other: Float32Array };
}

/** Throws `unsupported` where the findings lack what it measures. */
export type DecoderMetric = (findings: DecoderFindings) => Measured;

/** A singular value of J below the root of this counts as none: a dimension that moves a row of pictures by less than a thousandth. */
export const SMALLEST = 1e-6;

export const epsilon = {
  kind: 'float',
  default: SMALLEST,
  min: 1e-20,
  max: 1,
  scale: 'log',
  help: 'what is added to the squared singular values, so that a dead dimension has a logarithm',
} as const;

export function pullbackIn(metric: string, { pullback }: DecoderFindings): Pullback {
  if (pullback) return pullback;
  throw new KarstError('unsupported', `${metric} needs the slopes of a decoder, and there are none`);
}

/** What a reader of a pullback must know. */
export function notesOf({ latentSize, sampleSize, still }: Pullback): Pick<Measured, 'notes'> {
  const notes = [
    ...(sampleSize < latentSize
      ? [
          `rows have ${counted(sampleSize, 'value')}, fewer than the ${latentSize} dimensions: no more directions can be told apart`,
        ]
      : []),
    ...(still > 0
      ? [`${still} of the ${counted(sampleSize, 'value')} of a row ${still === 1 ? 'moves' : 'move'} with no dimension`]
      : []),
  ];
  return notes.length > 0 ? { notes } : {};
}

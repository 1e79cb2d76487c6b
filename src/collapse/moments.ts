// A report of training as a moment to be judged.
import type { ReportRecord } from '../protocol/records.ts';
import type { SignsRecord } from '../protocol/signs.ts';
import type { Moment } from './cause.ts';

export function momentOf(report: ReportRecord): Moment {
  const { step, epoch, knobs, losses, isOfOtherLoss, latent, samples, signs: others } = report;
  const accuracy = losses['discriminatorAccuracy'];
  const signs: SignsRecord = {
    ...others,
    ...(latent ? { latent } : {}),
    ...(samples ? { samples } : {}),
    training: {
      ...(isOfOtherLoss ? {} : { losses }),
      ...(accuracy === undefined ? {} : { discriminatorAccuracy: accuracy }),
      ...others?.training,
    },
  };
  return { step, epoch, knobs, signs };
}

/** Reports with an evaluation are looks; the others hold losses alone. */
export const isLook = ({ latent, samples }: ReportRecord): boolean => latent !== undefined || samples !== undefined;

// What the use of a codebook amounts to. Few entries in use are an ailment where rows lose by it, and only a codebook that is larger than it need be
// where they do not: a ring of eight modes asks for eight codes, however many there are.
import type { CodebookSigns, LatentSigns } from '../protocol/signs.ts';
import { figure, percent } from './cause.ts';
import { latentBounds } from './latent-levels.ts';

export const codebookBounds = {
  perplexityLow: 0.1, // share of the codebook
  usedLow: 0.25, // share of the codebook that some row chose
  explainedEnough: 0.95, // share of the rows' variance: what few codes leave over is as good as noise
  worthNats: 1, // entropy of the use, worth losing: e codes
} as const;

export type WithCodebook = LatentSigns & { readonly codebook: CodebookSigns };

export const hasCodebook = (latent: LatentSigns | undefined): latent is WithCodebook => latent?.codebook !== undefined;

export interface CodebookLevels {
  /** As many entries as the codebook has, or as few codes can show. */
  readonly room: number;
  readonly isLow: boolean;
  /** Rows get the same entries, nearly all. */
  readonly isOne: boolean;
  /** So few are all that the rows need. */
  readonly isEnough: boolean;
}

export function codebookLevels({ codebook, mutualInformation }: WithCodebook): CodebookLevels {
  const { codes, choices, perplexity, explained } = codebook;
  const room = Math.min(codes, choices);
  return {
    room,
    isLow: perplexity < codebookBounds.perplexityLow * room,
    isOne: mutualInformation.nats < latentBounds.informationNone,
    isEnough: explained !== undefined && explained >= codebookBounds.explainedEnough,
  };
}

const inUse = ({ used, codes }: CodebookSigns): string => `${used} of ${codes} codes`;

/** "61 of 128 codes are chosen, as if 24.3 were used alike" */
const alike = (codebook: CodebookSigns): string =>
  `${inUse(codebook)} ${codebook.used === 1 ? 'is' : 'are'} chosen, as if ${figure(codebook.perplexity)} were used alike`;

/** The figures in words, whatever they amount to. */
export function codebookReasons(latent: WithCodebook): readonly string[] {
  const { codebook, klNats } = latent;
  const { nats, capNats, rows } = latent.mutualInformation;
  const isAtCap = nats >= latentBounds.informationAtCap * capNats;
  return [
    isAtCap
      ? `a row’s codes say ${figure(nats)} nats about it, as much as ${rows} rows can show (${figure(capNats)})`
      : `a row’s codes say ${figure(nats)} nats about it (at most ${figure(capNats)} could show among ${rows} rows)`,
    alike(codebook),
    ...(codebook.explained === undefined
      ? []
      : [`${percent(Math.max(0, codebook.explained))} of the rows’ variance is drawn from them`]),
    ...(klNats === undefined ? [] : [`they cost ${figure(klNats)} nats under the prior`]),
  ];
}

export const healthyCodebook = ({ codebook }: WithCodebook, noun: string): string =>
  `Healthy: ${inUse(codebook)} ${codebook.used === 1 ? 'carries' : 'carry'} the ${noun}, as if ${figure(codebook.perplexity)} were used alike.`;

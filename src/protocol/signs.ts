// What was measured of a model at one moment, as far as it was: what a judgement on collapse is made from. Absent means not measured, never zero.
import type { SampleQualityRecord } from './records.ts';

export interface SignsRecord {
  readonly latent?: LatentSigns;
  readonly prior?: PriorSigns;
  readonly decoder?: DecoderSigns;
  readonly samples?: SampleQualityRecord;
  readonly memory?: MemorySigns;
  readonly training?: TrainingSigns;
  readonly data?: DataSigns;
}

/** Of the posteriors of some rows. In nats or dimensions. */
export interface LatentSigns {
  readonly latentSize: number;
  /** Rows that the posteriors were taken of. */
  readonly rows: number;
  /** From N(0, I), of each dimension; of a codebook's entries, what they cost, shared out over the numbers of each. */
  readonly klPerDimension: readonly number[];
  /** KL from the prior where that is learnt: no dimension has a part of its own. */
  readonly klNats?: number;
  readonly activeUnits: number;
  readonly effectiveRank: number;
  readonly participationRatio: number;
  /** Rows that both were taken of, where not of all: no more directions can be seen. */
  readonly spreadRows?: number;
  readonly mutualInformation: { readonly nats: number; readonly capNats: number; readonly rows: number };
  /** KL of the aggregate posterior from the prior. */
  readonly aggregateKl: number;
  /** Where codes are entries of a codebook; without a posterior's spread. */
  readonly codebook?: CodebookSigns;
}

export interface CodebookSigns {
  /** Entries of the codebook. */
  readonly codes: number;
  /** Codes looked at: rows times slots. */
  readonly choices: number;
  /** exp of the entropy of their use. */
  readonly perplexity: number;
  /** Entries that some row chose. */
  readonly used: number;
  /** Part of the rows' variance that their reconstructions have. */
  readonly explained?: number;
}

/** Of draws from the prior of a model whose codes are inferred. */
export interface PriorSigns {
  /** Share of them far from all codes; 0.01 where the prior is what codes are. */
  readonly holes: number;
  /** Share of the samples made from them that looks like the data: their precision. */
  readonly lifelike?: number;
}

export interface DecoderSigns {
  /** What a row's reconstruction loses when it gets another row's code, nats, mean over rows and its standard error. */
  readonly shuffledGap?: { readonly nats: number; readonly errorNats: number; readonly rows: number };
}

/** Do samples lie on training rows? Shares beside those of held-out rows in the samples' place. */
export interface MemorySigns {
  /** Samples nearer to a training row than a third of their distance to the second nearest. */
  readonly replicas?: { readonly share: number; readonly expected: number };
  /** Samples nearer to their training row than that row is to any other (Alaa et al. 2022). */
  readonly copied?: { readonly share: number; readonly expected: number };
  /** C_T (Meehan, Chaudhuri & Dasgupta 2020): far below 0 where samples lie nearer to the training rows than held-out rows do. */
  readonly dataCopying?: number;
}

/** Of the last steps or of a few rows. */
export interface TrainingSigns {
  /** Share of real and made rows that the discriminator tells right, 0 … 1. */
  readonly discriminatorAccuracy?: number;
  /** E sign D at training rows (Karras et al. 2020), -1 … 1. */
  readonly realSign?: number;
  /** (E D(train) - E D(held-out)) / (E D(train) - E D(made)): 0 where held-out rows look as real as training rows, 1 where they look made. */
  readonly overfitShare?: number;
  /** Mean |dD/dx| at made rows over that at real ones. */
  readonly slopeRatio?: number;
  /** How often a NaN or an infinity made training go back. */
  readonly rollbacks?: number;
  readonly losses?: Readonly<Record<string, number>>;
}

/** Of the data, before any training. */
export interface DataSigns {
  readonly rows: number;
  /** Rows that are copies of an earlier one. */
  readonly duplicateShare?: number;
  /** Shares of the labelled classes. */
  readonly classShares?: readonly number[];
  /** Weights that the model learns. */
  readonly weights?: number;
}

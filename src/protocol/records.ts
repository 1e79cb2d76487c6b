// Plain records that both sides of a port agree on. Typed arrays travel as they are; nothing here has methods.
import type { ErrorRecord } from '../base/errors.ts';
import type { Params, ParamValues } from '../base/params.ts';
import type { LatentSigns, SignsRecord } from './signs.ts';

/** Pictures are 8-bit, channels last; vectors are float32. `data` is [count, sampleSize], row-major. */
export type SamplesRecord =
  | {
      readonly kind: 'pictures';
      readonly count: number;
      readonly height: number;
      readonly width: number;
      readonly channels: 1 | 3;
      readonly data: Uint8Array;
    }
  | {
      readonly kind: 'vectors';
      readonly count: number;
      readonly size: number;
      readonly names?: readonly string[];
      readonly data: Float32Array;
    };

export interface MemberRecord {
  readonly id: string;
  readonly title: string;
  readonly summary: string;
  /** What it computes, as plain Unicode text. */
  readonly formula?: string;
  readonly paper?: string;
  readonly params: Params;
  /** Members that always join it, each with its own section of parameters under its id. */
  readonly parts?: readonly MemberRecord[];
  /** Of a preset: the parameters that it sets, dotted, and where training stops unless something else is asked for. */
  readonly sets?: ParamValues;
  readonly epochs?: number;
}

/** A family as a form needs it: `dataset`, `model`, `net`, `likelihood`, `projection`, `interpolation`, `preset`, `colouring`. */
export interface FamilyRecord {
  readonly name: string;
  readonly members: readonly MemberRecord[];
}

export interface DeviceRecord {
  readonly id: string;
  readonly title: string;
  readonly kind: 'compiled' | 'eager';
  readonly works: boolean;
  /** Images per second of the reference step (784-400-20 VAE, batch 128), measured for about one second; absent if it does not work. */
  readonly imagesPerSecond?: number;
  readonly threads?: number;
  /** Why it does not work, and what to do. */
  readonly reason?: string;
  readonly advice?: string;
  /** The one that training takes when none is asked for. */
  readonly isDefault: boolean;
}

export interface DatasetRecord {
  /** A family member's id, or the path it was opened from. */
  readonly id: string;
  readonly title: string;
  readonly rows: number;
  readonly shape:
    | { readonly kind: 'picture'; readonly height: number; readonly width: number; readonly channels: 1 | 3 }
    | { readonly kind: 'vector'; readonly size: number };
  readonly labelNames?: readonly string[];
  /** Parameters of data augmentation (`augment.shift` …), without their section, that leave a row's class alone. */
  readonly augmentations?: readonly string[];
  readonly fingerprint: string;
  readonly notes: readonly string[];
  /** The first few rows. */
  readonly thumbnails: SamplesRecord;
}

export type RunStatus = 'starting' | 'training' | 'pausing' | 'paused' | 'finished' | 'interrupted' | 'failed';

/** What was warned of while a run trained. The same codes drawn at both checkpoints show it. */
export interface WarningRecord {
  readonly step: number;
  /** The step of the first look that found it. */
  readonly since: number;
  /** In a sentence. */
  readonly text: string;
  /** As it was then. */
  readonly cause: CauseRecord;
  /** The last kept checkpoint from before `since`. */
  readonly before?: number;
  /** The first kept checkpoint from the warning on, the newest from `since` on while there is none. */
  readonly after?: number;
}

export interface VerdictRecord {
  readonly state: 'healthy' | 'watch' | 'collapsed' | 'unknown';
  /** One sentence for a designer: "Healthy: 13 of 20 dimensions carry the pictures." */
  readonly sentence: string;
  /** Why, in plain words, with the numbers. */
  readonly reasons: readonly string[];
  /** What is at work, the gravest first; none where the run is healthy. */
  readonly causes: readonly CauseRecord[];
}

/** One way in which a run goes wrong, with what speaks for it and against it. */
export interface CauseRecord {
  readonly id: string;
  readonly title: string;
  readonly summary: string;
  readonly paper: string;
  readonly state: 'watch' | 'collapsed';
  /** What is the matter, without a full stop. */
  readonly sentence: string;
  /** Weight of the signs that speak for it among all that were seen, 0 … 1. */
  readonly confidence: number;
  readonly evidence: readonly { readonly text: string; readonly speaksFor: boolean }[];
  /** What to try, the first thing first. */
  readonly cures: readonly CureRecord[];
}

export interface CureRecord {
  readonly id: string;
  readonly title: string;
  /** Two sentences: what it does, and why that helps. */
  readonly why: string;
  readonly paper?: string;
  /** Where training goes on: at the last good checkpoint, or from the start. */
  readonly from: 'checkpoint' | 'start';
  /** Parameters that it sets; none where it is advice. */
  readonly changes: ParamValues;
}

export interface RunRecord {
  /** The folder's name inside the library, or an absolute path for a run elsewhere. */
  readonly id: string;
  readonly title: string;
  readonly status: RunStatus;
  readonly dataset: { readonly id: string; readonly title: string; readonly fingerprint: string };
  readonly model: string;
  readonly params: ParamValues;
  readonly latentSize: number;
  readonly seed: number;
  /** The run that this one is a branch of, where it left it, and the cure it tries. */
  readonly branchOf?: { readonly run: string; readonly step: number; readonly cure: string };
  readonly device: string;
  readonly step: number;
  /** Where training is asked to stop; absent when bounded by time. */
  readonly steps?: number;
  readonly seconds?: number;
  readonly elapsedSeconds: number;
  readonly imagesPerSecond?: number;
  readonly createdAt: string;
  readonly checkpoints: readonly number[];
  readonly verdict: VerdictRecord;
  readonly error?: ErrorRecord;
  /** Three or four samples, decoded at the newest checkpoint. */
  readonly thumbnails?: SamplesRecord;
}

/** One line of metrics.jsonl. Losses in nats a row. */
export interface ReportRecord {
  readonly step: number;
  readonly epoch: number;
  readonly elapsedSeconds: number;
  readonly imagesPerSecond: number;
  /** Loss parts by name, averaged since the last report: `loss`, `reconstruction`, `kl` … */
  readonly losses: Readonly<Record<string, number>>;
  /** Of what the run is a branch of, where the branch minimises something else: these losses compare with none of its own. */
  readonly isOfOtherLoss?: true;
  /** Knobs in force at this step: `learningRate`, `beta` … */
  readonly knobs: Readonly<Record<string, number>>;
  readonly klPerDimension?: readonly number[];
  readonly heldOut?: HeldOutRecord;
  readonly activeUnits?: number;
  /** Of the rows whose codes make the map. */
  readonly latent?: LatentSigns;
  /** Of samples of a model without a bound, drawn with the weights that are shown, and with the raw ones where those are an average. */
  readonly samples?: SampleQualityRecord;
  readonly rawSamples?: SampleQualityRecord;
  /** What else was looked at for collapse. */
  readonly signs?: Pick<SignsRecord, 'decoder' | 'memory' | 'training'>;
  /** Part of the time since training began, or went on, that looking for collapse has taken, 0 … 1. */
  readonly watchShare?: number;
}

/** A checkpoint measured with every metric. */
export interface FullLookRecord {
  readonly step: number;
  readonly epoch: number;
  readonly signs: SignsRecord;
  readonly measure: Omit<MeasureRecord, 'run'>;
  /** Absent where it was made before measures were kept. */
  readonly made?: MadeRecord;
}

/**
 * How a whole measure was made. Rows, seeds and batches follow from what was asked of the run, which never changes; with these the same, another
 * one gives the same figures. (Devices agree to a few digits only; a figure by any of them will do.)
 */
export interface MadeRecord {
  /** Of what is measured, and how (engine/kept-measure.ts). */
  readonly format: number;
  /** Karst's version. */
  readonly karst: string;
  readonly importanceSamples: number;
  /** Fingerprint of the model that was measured. */
  readonly weights: string;
  readonly device: string;
}

/**
 * Means over the held-out rows, in nats a row. elbo = -(reconstruction + kl). A model without a bound (a GAN) has neither elbo nor kl; its
 * reconstruction is half the squared residual of each row drawn again from its code.
 */
export interface HeldOutRecord {
  readonly elbo?: number;
  readonly reconstruction: number;
  readonly kl?: number;
  readonly rows: number;
}

/** Shares of 0 … 1 (density has no upper end), and the ratio of total variances, by features of the data (metrics/sample-features.ts). */
export interface SampleScores {
  /** Samples that look like the data: they lie within the fifth neighbour's distance of a real row (Kynkäänniemi et al. 2019). */
  readonly precision: number;
  /** Real rows that look like samples. */
  readonly recall: number;
  /** How many real rows' neighbourhoods a sample lies in, beside what is expected: 1 (Naeem et al. 2020). */
  readonly density: number;
  /** Real rows with a sample in their neighbourhood. */
  readonly coverage: number;
  /** tr Cov(samples) / tr Cov(data) */
  readonly covarianceRatio: number;
}

/** How samples of a model compare with held-out rows. */
export interface SampleQualityRecord extends SampleScores {
  /** As many samples as held-out rows. */
  readonly rows: number;
  /** The same of training rows in the samples' place: means over draws, and what lies five standard deviations below. */
  readonly real: { readonly mean: SampleScores; readonly bar: SampleScores };
  /** Where the data are drawn from modes that are known. */
  readonly modes?: ModesRecord;
  /** Shares of the samples, and of the training rows, in parts of the data (k-means cells of the training rows). */
  readonly bins?: { readonly samples: readonly number[]; readonly real: readonly number[] };
}

export interface ModesRecord {
  /** Modes with a sample within three standard deviations. */
  readonly captured: number;
  readonly of: number;
  /** Share of the samples that lie so near to a mode. */
  readonly highQuality: number;
  /** KL of the modes' shares of those samples from equal shares; absent where there are no such samples. */
  readonly reverseKlNats?: number;
}

/** What `karst measure` prints. */
export interface MeasureRecord {
  readonly run: string;
  readonly model: string;
  readonly step: number;
  readonly heldOut: HeldOutRecord;
  /** Mean KL of each latent dimension over the held-out rows, nats, in the model's order. */
  readonly klPerDimension: readonly number[];
  /** Dimensions whose posterior mean varies more than 0.01 over the data (Burda et al. 2015). */
  readonly activeUnits: number;
  readonly latentSize: number;
  /** exp of the entropy of the eigenvalues of Cov(mean) (Roy & Vetterli 2007). */
  readonly effectiveRank: number;
  readonly participationRatio: number;
  readonly mutualInformation: { readonly nats: number; readonly capNats: number; readonly rows: number };
  /** The importance-weighted bound on log p(x), nats, mean over the held-out rows; where it was asked for. */
  readonly logLikelihood?: { readonly nats: number; readonly importanceSamples: number };
  readonly samples?: SampleQualityRecord;
  readonly rawSamples?: SampleQualityRecord;
  readonly verdict: VerdictRecord;
  /** Every metric that could be measured, by id: what it is stands in the families of metrics. */
  readonly metrics: Readonly<Record<string, MetricRecord>>;
}

export interface MetricRecord {
  readonly value: number;
  readonly unit: string;
  readonly rows: number;
  /** The largest value that so many rows can show. */
  readonly cap?: number;
  /** What rows of the data themselves give in the samples' place. */
  readonly expected?: number;
  readonly notes?: readonly string[];
  readonly beside?: readonly { readonly title: string; readonly value: number; readonly unit: string }[];
  readonly perDimension?: readonly number[];
}

/** The landscape: one point a row of the latent sample. Positions are [count, dims]. */
export interface MapRecord {
  readonly run: string;
  readonly step: number;
  readonly method: string;
  readonly dims: 2 | 3;
  readonly seed: number;
  /** One draw from each row's posterior; their means where absent. */
  readonly codes?: 'sample';
  readonly count: number;
  readonly positions: Float32Array;
  /** Row of the dataset that each point is the code of. */
  readonly rowIds: Int32Array;
  /** -1 where unknown. */
  readonly labels?: Int32Array;
  readonly labelNames?: readonly string[];
  /** Reconstruction error of each point, nats. */
  readonly reconstruction?: Float32Array;
  /** Sum of KL of each point, nats. */
  readonly kl?: Float32Array;
  readonly quality?: QualityRecord;
  /** Length of one latent standard deviation on the map, for the scale bar; absent where the map has no global scale. */
  readonly unitsPerSd?: number;
  /** True while a better layout of the same codes is on its way. */
  readonly provisional: boolean;
}

/** Venna & Kaski 2001; recall = |N_hi ∩ N_lo| / k. Over a seeded subsample of `rows` points. */
export interface QualityRecord {
  readonly trustworthiness: number;
  readonly continuity: number;
  readonly recall: number;
  readonly k: number;
  readonly rows: number;
}

/** Rows beside what the model makes of their codes. */
export interface ReconstructionsRecord {
  readonly rowIds: Int32Array;
  readonly originals: SamplesRecord;
  readonly samples: SamplesRecord;
  /** What was decoded, [count, latentSize]. */
  readonly latents: Float32Array;
}

export interface PathRecord {
  readonly method: string;
  /** [count, latentSize] */
  readonly latents: Float32Array;
  readonly count: number;
  readonly samples: SamplesRecord;
  /** Position of each step on the map that was asked about, [count, dims]. */
  readonly positions?: Float32Array;
  /** How many of the k nearest codes lie within the usual distance at each step: is the path on the data? */
  readonly support: readonly number[];
  readonly supportOf: number;
}

/** A row placed in the latent space by search, beside where the encoder puts it. */
export interface PlacedRecord {
  readonly rowId: number;
  readonly latent: Float32Array;
  readonly original: SamplesRecord;
  /** Decoded from the place found, and from the encoder's. */
  readonly found: SamplesRecord;
  readonly encoded: SamplesRecord;
  /** Root mean square error a value of each. */
  readonly residual: number;
  readonly encodedResidual: number;
  /** Where the place found lies on the map that was asked about, [dims]. */
  readonly position?: Float32Array;
}

export interface NeighboursRecord {
  readonly rowIds: Int32Array;
  /** Euclidean, in latent units. */
  readonly distances: Float32Array;
  readonly originals: SamplesRecord;
}

export interface PointRecord {
  readonly rowId: number;
  readonly label?: string;
  readonly original: SamplesRecord;
  readonly reconstruction: SamplesRecord;
  /** Posterior mean and log-variance, [latentSize]. */
  readonly mean: Float32Array;
  readonly logVariance: Float32Array;
}

export interface GridRecord {
  readonly png: Uint8Array;
  readonly width: number;
  readonly height: number;
  /** Where it was saved, if it was. */
  readonly path?: string;
  readonly provenance: GridProvenance;
}

/** Everything needed to make the same pixels again, embedded in the PNG. */
export interface GridProvenance {
  readonly format: 'karst-grid-1';
  readonly run: string;
  readonly runFingerprint: string;
  readonly modelFingerprint: string;
  readonly step: number;
  readonly seed: number;
  readonly kind: string;
  readonly rows: number;
  readonly cols: number;
  readonly scale: number;
  /** `together` where vectors are drawn in one plot; a plot a cell otherwise. */
  readonly view?: 'cells' | 'together';
  /** Paper on ink; ink on paper where absent. */
  readonly theme?: 'dark';
  /** Base64 of little-endian float32, [cells, latentSize]. */
  readonly latents: string;
  readonly latentSize: number;
  /** For each cell, what it shows: "prior 3", "row 17", "z04 at -1.5 sd", "t 0.25". */
  readonly cells: readonly string[];
  /** Checkpoint that each cell was decoded at, where not all were decoded at `step`. */
  readonly cellSteps?: readonly number[];
  /** Row of the dataset that a cell shows as it is, -1 where the cell was decoded; absent where all were. */
  readonly originals?: readonly number[];
  /** Drawn with the generator's weights as they are, not with their average. */
  readonly weights?: 'raw';
  readonly karst: string;
}

export interface ArtefactRecord {
  readonly path: string;
  readonly bytes: number;
  readonly summary: string;
}

export type InspectionRecord =
  | {
      readonly kind: 'dataset';
      readonly dataset: DatasetRecord;
      readonly refused: readonly RefusedFile[];
      readonly classCounts?: readonly number[];
      /** Least and greatest value of any row: pictures lie in 0 … 1, vectors are as given. */
      readonly valueRange: readonly [number, number];
      /** Rows that the source sets apart for testing. */
      readonly heldOutRows?: number;
    }
  | { readonly kind: 'run'; readonly run: RunRecord }
  | { readonly kind: 'grid'; readonly provenance: GridProvenance; readonly width: number; readonly height: number };

export interface RefusedFile {
  readonly file: string;
  readonly expected: string;
  readonly found: string;
}

export interface ProgressRecord {
  /** 0 … 1, or absent where the end is not known. */
  readonly fraction?: number;
  readonly text: string;
}

// What the engine asks of the machine it runs on. src/node/engine-host.ts is the real one.
import type { RefusedFile, DeviceRecord, ProgressRecord, QualityRecord } from '../protocol/records.ts';
import type { Matrix } from '../base/matrix.ts';
import type { ParamValues } from '../base/params.ts';
import type { Dataset } from '../datasets/dataset.ts';
import type { LinearMap } from '../projection/projection.ts';
import type { DecoderClient } from '../protocol/decoder-api.ts';
import type { Preset } from '../models/preset.ts';
import type { CallOptions } from '../protocol/methods.ts';
import type { Connection } from '../protocol/rpc.ts';
import type { trainerMethods, TrainerEvents } from '../protocol/trainer-api.ts';
import type { FilePort } from '../runs/file-port.ts';
import type { PageFont } from '../report/type.ts';
import type { Device } from '../tracing/device.ts';

interface OpenDatasetOptions {
  readonly params?: ParamValues;
  readonly seed?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ProgressRecord) => void;
}

interface OpenedDataset {
  readonly dataset: Dataset;
  readonly refused: readonly RefusedFile[];
}

/** What training and decoding need; a trainer or decoder process has no more. */
export interface ComputeHost {
  files(folder: string): FilePort;
  /** A family member's id or a path. */
  openDataset(id: string, options: OpenDatasetOptions): Promise<OpenedDataset>;
  /** The fastest that works, unless one is named. */
  openDevice(id?: string): Promise<Device>;
  now(): Date;
  /** Of Karst, the host and the libraries that compute. */
  readonly versions: Readonly<Record<string, string>>;
}

export interface TrainerProcess {
  readonly connection: Connection<typeof trainerMethods, TrainerEvents>;
  /** Settles when the process is gone; the text says how it ended where that was not its own will. */
  readonly gone: Promise<string | undefined>;
  /** Ends it at once. */
  kill(): void;
}

export interface DecoderProcess {
  readonly client: DecoderClient;
  readonly gone: Promise<void>;
  close(): Promise<void>;
}

export interface ProjectRequest {
  readonly method: string;
  readonly params: ParamValues;
  readonly codes: Matrix;
  readonly dims: 2 | 3;
  readonly seed: number;
  /** An earlier layout of the same rows to start from. */
  readonly initial?: Matrix;
}

export interface Projected {
  /** There for linear methods: exact ways between codes and places. */
  readonly linear?: LinearMap;
  readonly positions: Float32Array;
  readonly unitsPerSd?: number;
  readonly quality?: QualityRecord;
}

export interface EngineHost extends ComputeHost {
  /** The library's folder, absolute. */
  readonly home: string;
  /** An absolute path from one that a person gave. */
  resolvePath(path: string): string;
  isAbsolute(path: string): boolean;
  /** Whole files at absolute paths, for what a person names outside the library. Writing is atomic. */
  readFile(path: string, maxBytes: number): Promise<Uint8Array>;
  writeFile(path: string, bytes: Uint8Array): Promise<void>;
  /** The page's own type, for pages to keep; none where the page was not built. */
  pageFonts(): Promise<readonly PageFont[]>;
  /** Those that come with Karst. */
  presets(): Promise<readonly Preset[]>;
  /** What lies at an absolute path. */
  kindOf(path: string): Promise<'file' | 'folder' | undefined>;
  /** Moves a folder with all it holds; throws `exists` where something is at `to`. */
  moveFolder(from: string, to: string): Promise<void>;
  /** Whether a measurement of this machine's devices is kept. */
  areDevicesMeasured(): Promise<boolean>;
  /** Tries every device and keeps what was found. */
  examineDevices(options: CallOptions): Promise<readonly DeviceRecord[]>;
  startTrainer(): Promise<TrainerProcess>;
  startDecoder(): Promise<DecoderProcess>;
  /** In a thread of its own. */
  project(
    request: ProjectRequest,
    options: { readonly signal?: AbortSignal; readonly onProgress?: (progress: ProgressRecord) => void },
  ): Promise<Projected>;
}

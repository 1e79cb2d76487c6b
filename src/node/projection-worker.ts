// The thread that lays out codes. It gets one request, tells its progress, answers once, and ends; to cancel it, end it.
import { parentPort, workerData } from 'node:worker_threads';
import { KarstError, toErrorRecord, type ErrorRecord } from '../base/errors.ts';
import { matrix } from '../base/matrix.ts';
import { Rng } from '../base/rng.ts';
import type { Projected, ProjectRequest } from '../engine/engine-host.ts';
import { fit } from '../projection/projection.ts';
import { projections } from '../projection/projections.ts';
import { mapQuality } from '../projection/quality.ts';

export interface ProjectionOrder {
  readonly request: ProjectRequest;
  /** Tell how the layout stands, not only how far it is. */
  readonly wantsLayouts: boolean;
}

export type ProjectionMessage =
  | { readonly kind: 'progressed'; readonly fraction: number; readonly text: string }
  | { readonly kind: 'laidOut'; readonly positions: Float32Array }
  | { readonly kind: 'finished'; readonly projected: Projected }
  | { readonly kind: 'failed'; readonly error: ErrorRecord };

const PROGRESS_MS = 50;
const LAYOUT_MS = 150;
const QUALITY_ROWS = 2000; // 0.1 s; the figures' standard error is then about 0.002

if (!parentPort) throw new KarstError('internal', 'projection-worker runs as a thread only');
const port = parentPort;
const tell = (message: ProjectionMessage, transfer: ArrayBufferLike[] = []): void =>
  port.postMessage(message, transfer as ArrayBuffer[]);

function project({ request, wantsLayouts }: ProjectionOrder): Projected {
  const { codes, dims, initial } = request;
  const rng = Rng.fromSeed(request.seed);
  let progressMs = -Infinity;
  let layoutMs = performance.now();
  const fitted = fit(projections.make(request.method, request.params), codes, {
    dims,
    rng: rng.stream('projection'),
    ...(initial ? { initial } : {}),
    onProgress({ fraction, text, positions }) {
      const now = performance.now();
      if (now - progressMs >= PROGRESS_MS) {
        progressMs = now;
        tell({ kind: 'progressed', fraction, text });
      }
      if (wantsLayouts && positions && now - layoutMs >= LAYOUT_MS) {
        layoutMs = now;
        const { data } = positions();
        tell({ kind: 'laidOut', positions: data }, [data.buffer]);
      }
    },
  });
  tell({ kind: 'progressed', fraction: 1, text: 'measuring the map' });
  const quality = mapQuality(codes, fitted.positions, { rows: QUALITY_ROWS, rng: rng.stream('quality') });
  return {
    positions: fitted.positions.data,
    ...(fitted.linear ? { linear: fitted.linear } : {}),
    ...(fitted.unitsPerSd === undefined ? {} : { unitsPerSd: fitted.unitsPerSd }),
    ...(quality ? { quality } : {}),
  };
}

try {
  const order = workerData as ProjectionOrder;
  const { codes, initial } = order.request;
  // The sizes are checked again: this is a door between threads.
  matrix(codes.rows, codes.cols, codes.data);
  if (initial) matrix(initial.rows, initial.cols, initial.data);
  const projected = project(order);
  tell({ kind: 'finished', projected }, [projected.positions.buffer]);
} catch (thrown) {
  tell({ kind: 'failed', error: toErrorRecord(thrown) });
}

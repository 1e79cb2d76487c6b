// Lays out codes in a thread of its own, so that nothing a person waits for stands still. Taking the request back ends the thread at once.
import { Worker } from 'node:worker_threads';
import { fromErrorRecord, KarstError, throwIfCancelled } from '../base/errors.ts';
import type { Projected, ProjectRequest } from '../engine/engine-host.ts';
import type { CallOptions } from '../protocol/methods.ts';
import { workerUrl } from './entries.ts';
import type { ProjectionMessage, ProjectionOrder } from './projection-worker.ts';

export interface ProjectOptions extends CallOptions {
  /** The layout as it stands, [rows, dims], a few times a second while it forms. */
  readonly onLayout?: (positions: Float32Array) => void;
}

export async function projectInWorker(request: ProjectRequest, options: ProjectOptions = {}): Promise<Projected> {
  throwIfCancelled(options.signal);
  const url = await workerUrl('projection-worker');
  throwIfCancelled(options.signal);
  const order: ProjectionOrder = { request, wantsLayouts: options.onLayout !== undefined };
  const worker = new Worker(url, { workerData: order });
  return await new Promise<Projected>((resolve, reject) => {
    const settle = (act: () => void): void => {
      options.signal?.removeEventListener('abort', cancel);
      worker.removeAllListeners();
      worker.on('error', () => undefined); // a thread being ended may still fail; nobody waits for it
      void worker.terminate();
      act();
    };
    const fail = (error: Error): void => settle(() => reject(error));
    const cancel = (): void => {
      const reason: unknown = options.signal?.reason;
      fail(reason instanceof KarstError ? reason : new KarstError('cancelled', 'the projection was cancelled'));
    };
    options.signal?.addEventListener('abort', cancel, { once: true });
    worker.on('message', (message: ProjectionMessage) => {
      switch (message.kind) {
        case 'progressed':
          return options.onProgress?.({ fraction: message.fraction, text: message.text });
        case 'laidOut':
          return options.onLayout?.(message.positions);
        case 'finished':
          return settle(() => resolve(message.projected));
        case 'failed':
          return fail(fromErrorRecord(message.error));
      }
    });
    worker.on('error', (error: Error) => fail(new KarstError('internal', `the projection failed: ${error.message}`, {}, error)));
    worker.on('exit', (code) =>
      fail(new KarstError('internal', `the projection's thread ended with code ${code} and no answer`)),
    );
  });
}

// Latency of decoding, over the way a page's call takes: engine, decoder process, model, samples back as bytes.
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { throwIfCancelled } from '../../base/errors.ts';
import { Rng } from '../../base/rng.ts';
import { openEngine } from '../../engine/engine.ts';
import { engineMethods, type Engine, type EngineClient } from '../../protocol/engine-api.ts';
import type { RunRecord } from '../../protocol/records.ts';
import { localClient } from '../../protocol/rpc.ts';
import { openEngineHost } from '../engine-host.ts';

export interface DecodeBench {
  readonly net: string;
  readonly latents: number;
  readonly medianMs: number;
  readonly p95Ms: number;
}

export interface DecodeOptions {
  readonly onLine?: (line: string) => void;
  readonly signal?: AbortSignal;
  readonly calls?: number;
}

/** A run of a few steps: how well it decodes does not matter here. */
async function trainBriefly(engine: Engine, client: EngineClient, net: string): Promise<RunRecord> {
  const run = await client.startRun({
    dataset: 'shapes',
    datasetParams: { rows: 512 },
    set: { 'model.net': net, 'train.batchSize': 32, 'train.latentRows': 64 },
    device: 'onnx-cpu',
    name: `decode-${net}`,
    steps: 3,
  });
  return await new Promise((resolve, reject) => {
    const stop = engine.subscribe((name, event) => {
      if (name !== 'runChanged') return;
      const changed = event as RunRecord;
      if (changed.id !== run.id || !['finished', 'failed', 'interrupted'].includes(changed.status)) return;
      stop();
      if (changed.status === 'finished') resolve(changed);
      else reject(new Error(changed.error?.message ?? `the run is ${changed.status}`));
    });
  });
}

export async function benchDecode({ onLine, signal, calls = 50 }: DecodeOptions = {}): Promise<readonly DecodeBench[]> {
  const home = await mkdtemp(path.join(os.tmpdir(), 'karst-bench-'));
  const engine = openEngine(openEngineHost(home), { hostName: 'command line' });
  const client = localClient(engineMethods, engine.api);
  const results: DecodeBench[] = [];
  try {
    for (const net of ['dense', 'conv']) {
      const run = await trainBriefly(engine, client, net);
      for (const count of [1, 64]) {
        const latents = Rng.fromSeed(1).fillNormal(new Float32Array(count * run.latentSize)) as Float32Array<ArrayBuffer>;
        const times: number[] = [];
        for (let call = -5; call < calls; call++) {
          throwIfCancelled(signal);
          const startMs = performance.now();
          await client.decode({ run: run.id, latents });
          if (call >= 0) times.push(performance.now() - startMs); // the first ones compile
        }
        times.sort((a, b) => a - b);
        const at = (share: number): number => times[Math.min(times.length - 1, Math.floor(share * times.length))] ?? 0;
        const result = { net, latents: count, medianMs: at(0.5), p95Ms: at(0.95) };
        results.push(result);
        const rate = (1000 * count) / result.medianMs;
        onLine?.(
          `${net.padEnd(6)} ${String(count).padStart(3)} latents to 32 × 32 RGB: median ${result.medianMs.toFixed(1)} ms, ` +
            `95 % within ${result.p95Ms.toFixed(1)} ms, ${rate.toFixed(0)} pictures/s`,
        );
      }
    }
    return results;
  } finally {
    await engine.close();
    await rm(home, { recursive: true, force: true });
  }
}

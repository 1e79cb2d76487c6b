// A library in a temporary folder, an engine over it, and a run that trains in seconds.
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { EngineHost } from '../../src/engine/engine-host.ts';
import { openEngine } from '../../src/engine/engine.ts';
import { openEngineHost } from '../../src/node/engine-host.ts';
import { engineMethods, type Engine, type EngineClient, type EngineEvents } from '../../src/protocol/engine-api.ts';
import { localClient } from '../../src/protocol/rpc.ts';

export interface TestEngine {
  readonly home: string;
  readonly engine: Engine;
  readonly client: EngineClient;
  /** Everything told so far. */
  readonly told: { readonly name: keyof EngineEvents; readonly event: EngineEvents[keyof EngineEvents] }[];
  readonly close: () => Promise<void>;
}

export function makeHome(): { home: string; remove: () => void } {
  const home = mkdtempSync(path.join(os.tmpdir(), 'karst-home-'));
  return { home, remove: () => rmSync(home, { recursive: true, force: true }) };
}

export function openTestEngine(home: string, isConfined = false, host: EngineHost = openEngineHost(home)): TestEngine {
  const engine = openEngine(host, { hostName: 'test', isConfined });
  const told: TestEngine['told'] = [];
  engine.subscribe((name, event) => void told.push({ name, event }));
  return { home, engine, client: localClient(engineMethods, engine.api), told, close: () => engine.close() };
}

export const tinyRequest = {
  dataset: 'shapes',
  datasetParams: { rows: 200 },
  device: 'onnx-cpu',
  seed: 3,
  set: {
    'model.net': 'dense',
    'net.width': 32,
    'net.depth': 1,
    'model.latentSize': 4,
    'train.batchSize': 20,
    'train.checkpointEvery': 20,
    'train.evaluateEvery': 20,
  },
} as const;

/** Waits until `isSo`, at most a minute. */
export async function until(isSo: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const startMs = performance.now();
  while (!(await isSo())) {
    if (performance.now() - startMs > 60_000) throw new Error(`waited a minute for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

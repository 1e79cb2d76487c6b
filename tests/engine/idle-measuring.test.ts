// Devices are measured once, in quiet, and make way for whatever matters more.
import { afterEach, describe, expect, it } from 'vitest';
import { throwIfCancelled } from '../../src/base/errors.ts';
import { openEngine } from '../../src/engine/engine.ts';
import { openIdleMeasuring } from '../../src/engine/idle-measuring.ts';
import type { EngineHost } from '../../src/engine/engine-host.ts';
import { openEngineHost } from '../../src/node/engine-host.ts';
import { engineMethods } from '../../src/protocol/engine-api.ts';
import type { CallOptions } from '../../src/protocol/methods.ts';
import { localClient } from '../../src/protocol/rpc.ts';
import { makeHome, tinyRequest, until } from './tiny-run.ts';

const QUIET_MS = 30;
const ends: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A machine on which measuring takes `takesMs`, and what became of each try. */
function machine(takesMs: number, isMeasured = false) {
  const tries: ('running' | 'measured' | 'given up')[] = [];
  const host = {
    areDevicesMeasured: async () => isMeasured,
    examineDevices: async ({ signal }: CallOptions) => {
      const at = tries.push('running') - 1;
      for (let waited = 0; waited < takesMs; waited += 5) {
        await pause(5);
        if (signal?.aborted) tries[at] = 'given up';
        throwIfCancelled(signal);
      }
      tries[at] = 'measured';
      isMeasured = true;
      return [];
    },
  } satisfies Partial<EngineHost>;
  return { host, tries };
}

function open(host: ReturnType<typeof machine>['host'], more: Partial<Parameters<typeof openIdleMeasuring>[0]> = {}) {
  const measuring = openIdleMeasuring({ host, isQuiet: async () => true, quietMs: QUIET_MS, ...more });
  ends.push(() => measuring.close());
  return measuring;
}

describe('measuring devices in the background', () => {
  it('happens once, some time after the start', async () => {
    const { host, tries } = machine(20);
    const measuring = open(host);
    expect(tries).toEqual([]);
    await until(() => tries[0] === 'measured', 'a measurement');
    measuring.quiet();
    await pause(3 * QUIET_MS);
    expect(tries).toEqual(['measured']);
  });

  it('does not happen where they were measured, nor in hosts that do not want it', async () => {
    const [known, unwanted] = [machine(20, true), machine(20)];
    open(known.host);
    open(unwanted.host, { quietMs: undefined });
    await pause(4 * QUIET_MS);
    expect([known.tries, unwanted.tries]).toEqual([[], []]);
  });

  it('makes way for a training and is taken up when that is over', async () => {
    const { host, tries } = machine(200);
    const measuring = open(host);
    await until(() => tries[0] === 'running', 'a measurement');
    measuring.busy();
    await until(() => tries[0] === 'given up', 'its end');
    await pause(3 * QUIET_MS);
    expect(tries).toEqual(['given up']); // not while it trains
    measuring.quiet();
    await until(() => tries[1] === 'measured', 'another measurement');
    expect(tries).toEqual(['given up', 'measured']);
  });

  it('waits as long as another process trains', async () => {
    const { host, tries } = machine(20);
    let isQuiet = false;
    open(host, { isQuiet: async () => isQuiet });
    await pause(4 * QUIET_MS);
    expect(tries).toEqual([]);
    isQuiet = true;
    await until(() => tries[0] === 'measured', 'a measurement');
  });

  it('is replaced by what a person asks for', async () => {
    const { host, tries } = machine(100);
    const measuring = open(host);
    await until(() => tries[0] === 'running', 'a measurement');
    await measuring.examine({});
    expect(tries).toEqual(['given up', 'measured']);
    await pause(3 * QUIET_MS);
    expect(tries.length).toBe(2);
  });

  it('goes on by itself when a person takes the request back, and ends with the engine', async () => {
    const { host, tries } = machine(100);
    const measuring = open(host);
    const asking = new AbortController();
    const asked = measuring.examine({ signal: asking.signal });
    asking.abort();
    await expect(asked).rejects.toMatchObject({ code: 'cancelled' });
    await until(() => tries[1] === 'running', 'a measurement');
    await measuring.close();
    expect(tries).toEqual(['given up', 'given up']);
    await pause(3 * QUIET_MS);
    expect(tries.length).toBe(2);
  });
});

describe('an engine', () => {
  it('gives measuring up when a run starts, takes it up at its end, and ends with it', async () => {
    const { home, remove } = makeHome();
    ends.push(remove);
    const { host, tries } = machine(60_000);
    const engine = openEngine({ ...openEngineHost(home), ...host }, { hostName: 'test', measureAfterMs: QUIET_MS });
    ends.push(() => engine.close());
    const client = localClient(engineMethods, engine.api);
    await until(() => tries[0] === 'running', 'a measurement');
    const starting = client.startRun({ ...tinyRequest, name: 'tiny', steps: 1_000_000 });
    await until(() => tries[0] === 'given up', 'its end');
    await starting;
    await pause(5 * QUIET_MS);
    expect(tries).toEqual(['given up']);
    await client.pauseRun({ run: 'tiny' });
    await until(() => tries[1] === 'running', 'another measurement');
    await engine.close();
    expect(tries).toEqual(['given up', 'given up']);
  });

  it('goes on measuring when a run could not start', async () => {
    const { home, remove } = makeHome();
    ends.push(remove);
    const { host, tries } = machine(300);
    const engine = openEngine({ ...openEngineHost(home), ...host }, { hostName: 'test', measureAfterMs: QUIET_MS });
    ends.push(() => engine.close());
    const client = localClient(engineMethods, engine.api);
    await expect(client.startRun({ ...tinyRequest, dataset: `${home}/nothing`, name: 'tiny', steps: 5 })).rejects.toThrow();
    await until(() => tries.at(-1) === 'measured', 'a measurement');
  });
});

// Which device is fastest here is measured once by itself, in the background, the first time that nothing trains for a while: a first run
// need not wait for it, and later ones need no guess. It takes a few seconds of every core, so a training that begins ends it at once; it is
// begun anew when that training is over. What a person asks for (`karst doctor`, the page's device picker) takes its place.
import { KarstError } from '../base/errors.ts';
import type { CallOptions } from '../protocol/methods.ts';
import type { DeviceRecord } from '../protocol/records.ts';
import type { EngineHost } from './engine-host.ts';

/** How long nothing must have trained, for hosts that live long. */
export const QUIET_MS = 20_000;

export interface IdleMeasuringNeeds {
  readonly host: Pick<EngineHost, 'areDevicesMeasured' | 'examineDevices'>;
  /** Nothing trains, neither here nor in another process that one knows of. */
  readonly isQuiet: () => Promise<boolean>;
  /** Never by itself where there is none. */
  readonly quietMs: number | undefined;
}

export interface IdleMeasuring {
  /** A training begins. */
  busy(): void;
  /** A training ended, or did not begin after all. */
  quiet(): void;
  /** For a person who waits for the answer. */
  examine(options: CallOptions): Promise<readonly DeviceRecord[]>;
  close(): Promise<void>;
}

export function openIdleMeasuring({ host, isQuiet, quietMs }: IdleMeasuringNeeds): IdleMeasuring {
  let isDone = quietMs === undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let measuring: { readonly giveUp: AbortController; readonly ended: Promise<void> } | undefined;

  function wait(): void {
    clearTimeout(timer);
    if (!isDone) timer = setTimeout(begin, quietMs);
  }

  function begin(): void {
    if (measuring) return wait(); // it is just giving up
    const giveUp = new AbortController();
    measuring = { giveUp, ended: measure(giveUp.signal).finally(() => (measuring = undefined)) };
  }

  async function measure(signal: AbortSignal): Promise<void> {
    try {
      if (await host.areDevicesMeasured()) return void (isDone = true);
      if (!(await isQuiet())) return wait();
      await host.examineDevices({ signal });
      isDone = true;
    } catch (thrown) {
      // Given up for something that matters more; any other fault is told by whoever asks for the devices.
      isDone ||= !(thrown instanceof KarstError && thrown.code === 'cancelled');
    }
  }

  function busy(): void {
    clearTimeout(timer);
    measuring?.giveUp.abort(new KarstError('cancelled', 'a training begins'));
  }

  wait();
  return {
    busy,
    quiet: wait,
    async examine(options) {
      busy();
      await measuring?.ended;
      try {
        const found = await host.examineDevices(options);
        isDone = true;
        return found;
      } finally {
        wait();
      }
    },
    async close() {
      isDone = true;
      busy();
      await measuring?.ended;
    },
  };
}

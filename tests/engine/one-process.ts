// An engine's host whose trainers and decoder live in this process, behind the same ports: what they do is the same, and no process has to start.
// Processes that die are for the tests that kill them.
import type { EngineHost } from '../../src/engine/engine-host.ts';
import { createDecoder } from '../../src/engine/decoder.ts';
import { createTrainer } from '../../src/engine/trainer.ts';
import { openComputeHost } from '../../src/node/compute-host.ts';
import { openEngineHost } from '../../src/node/engine-host.ts';
import { decoderMethods } from '../../src/protocol/decoder-api.ts';
import { memoryPorts } from '../../src/protocol/ports.ts';
import { connect, localClient, serve } from '../../src/protocol/rpc.ts';
import { trainerEventMerge, trainerMethods, type TrainerEvents } from '../../src/protocol/trainer-api.ts';

export function openHostInOneProcess(home: string): EngineHost {
  const compute = openComputeHost(home);
  return {
    ...openEngineHost(home),
    startTrainer() {
      const [near, far] = memoryPorts();
      const trainer = createTrainer(compute);
      serve<typeof trainerMethods, TrainerEvents>(far, trainerMethods, trainer.api, {
        subscribe: trainer.subscribe,
        merge: trainerEventMerge,
      });
      let tellGone: (how: undefined) => void = () => {};
      const gone = new Promise<undefined>((resolve) => (tellGone = resolve));
      far.onClose(() => void trainer.api.pause({}, {}).then(() => tellGone(undefined)));
      const connection = connect<typeof trainerMethods, TrainerEvents>(near, trainerMethods);
      return Promise.resolve({ connection, gone, kill: () => tellGone(undefined) });
    },
    startDecoder() {
      const { api } = createDecoder(compute);
      let tellGone: () => void = () => {};
      const gone = new Promise<void>((resolve) => (tellGone = resolve));
      const close = (): Promise<void> => Promise.resolve(tellGone());
      return Promise.resolve({ client: localClient(decoderMethods, api), gone, close });
    },
  };
}

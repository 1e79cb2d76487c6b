// A trainer's process: serves its contract to the engine that started it. It obeys the engine alone: Ctrl-C in a terminal reaches it too
// and is left to the engine, which pauses it. When the engine is gone, or asked to by SIGTERM, it saves a checkpoint and ends.
import process from 'node:process';
import { createTrainer } from '../engine/trainer.ts';
import { serve } from '../protocol/rpc.ts';
import { trainerEventMerge, trainerMethods, type TrainerEvents } from '../protocol/trainer-api.ts';
import { openComputeHost } from './compute-host.ts';
import { parentProcessPort } from './ports.ts';

/** How long the end waits for the engine to have heard of it. */
const FAREWELL_MS = 5000;

const port = parentProcessPort();
const trainer = createTrainer(openComputeHost(process.env['KARST_HOME']));
const pauseAndEnd = (): void => void trainer.api.pause({}, {}).finally(() => process.exit(0));

process.on('SIGINT', () => {});
process.on('SIGTERM', pauseAndEnd);
process.on('SIGHUP', pauseAndEnd);
port.onClose(pauseAndEnd);
serve<typeof trainerMethods, TrainerEvents>(port, trainerMethods, trainer.api, {
  subscribe: trainer.subscribe,
  merge: trainerEventMerge,
});
void trainer.ended.then(() => setTimeout(() => process.exit(0), FAREWELL_MS).unref());

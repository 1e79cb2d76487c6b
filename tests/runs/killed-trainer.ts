// A trainer process for the kill test: node <bundle> <run folder> <steps>. Prints a line an event.
import { openFiles } from '../../src/node/files.ts';
import { openWasmDevice } from '../../src/node/devices/wasm.ts';
import { toyRun } from './toy-run.ts';

const [folder, steps] = process.argv.slice(2);
const device = await openWasmDevice();
await toyRun(openFiles(folder ?? '.'), device, {
  steps: Number(steps),
  onEvent: (event) => {
    process.stdout.write(`${event.kind}\n`);
  },
});
await device.dispose();

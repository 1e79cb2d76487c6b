// karst doctor: every device, whether it works here, how fast, and if not why and what to do.
import type { DeviceRecord } from '../protocol/records.ts';
import { command } from './command.ts';
import { withEngine } from './engine-session.ts';

export const doctor = command({
  name: 'doctor',
  summary: 'tries every device for a second and says which work here, how fast, and what to do about the others',
  examples: ['karst doctor --json'],
  async run({ options, terminal }) {
    return await withEngine(options.home, async ({ client }) => {
      const devices = await client.doctor(
        {},
        { signal: terminal.interrupt.signal, onProgress: (progress) => terminal.progress(progress) },
      );
      terminal.result(devices, () => describe(devices));
      return devices.some((device) => device.works) ? 0 : 1;
    });
  },
});

function describe(devices: readonly DeviceRecord[]): string {
  const width = Math.max(...devices.map(({ id }) => id.length));
  return devices
    .flatMap(({ id, title, works, imagesPerSecond, isDefault, reason, advice }) => {
      const indent = ' '.repeat(width + 4);
      if (works)
        return [
          `✓ ${id.padEnd(width)}  ${Math.round(imagesPerSecond ?? 0)} pictures/s, ${title}${isDefault ? ' (taken unless told otherwise)' : ''}`,
        ];
      return [`✗ ${id.padEnd(width)}  ${reason ?? 'it does not work here'}`, ...(advice ? [`${indent}${advice}`] : [])];
    })
    .join('\n');
}

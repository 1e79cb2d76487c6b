// karst devices: brings what a device needs that npm does not carry.
import { KarstError } from '../base/errors.ts';
import { karstHome } from '../node/devices/engine-folder.ts';
import { installTensorflowGpu } from '../node/devices/install-tensorflow.ts';
import { command } from './command.ts';

const DIGEST = /^[0-9a-f]{64}$/;

export const devices = command({
  name: 'devices',
  summary: 'installs what a device needs that npm does not bring: karst devices install tensorflow-gpu',
  positionals: [
    { name: 'action', help: 'install' },
    { name: 'device', help: 'tensorflow-gpu' },
  ],
  options: {
    'library-sha256': { kind: 'text', value: 'HEX', help: 'SHA-256 that the library’s archive must have' },
    'addon-sha256': { kind: 'text', value: 'HEX', help: 'SHA-256 that the addon’s archive must have' },
    trust: { kind: 'flag', help: 'accepts archives whose SHA-256 nobody tells; it is recorded and checked from then on' },
  },
  examples: ['karst devices install tensorflow-gpu --trust'],
  async run({ positionals, options, terminal }) {
    const [action, device] = positionals;
    if (action !== 'install') throw new KarstError('usage', `karst devices knows install, not ${JSON.stringify(action)}`);
    if (device !== 'tensorflow-gpu')
      throw new KarstError(
        'usage',
        `only tensorflow-gpu is installed so, not ${JSON.stringify(device)}; karst doctor says what the others need`,
      );
    const digests = { library: options['library-sha256'], addon: options['addon-sha256'] };
    for (const [name, digest] of Object.entries(digests)) {
      if (digest !== undefined && !DIGEST.test(digest))
        throw new KarstError('usage', `--${name}-sha256 must be 64 hexadecimal digits, got ${JSON.stringify(digest)}`);
    }
    const installed = await installTensorflowGpu({
      home: options.home ?? karstHome(),
      trustFirstUse: options.trust,
      sha256: Object.fromEntries(Object.entries(digests).filter(([, digest]) => digest !== undefined)),
      signal: terminal.interrupt.signal,
      onProgress: (progress) => terminal.progress(progress),
    });
    const { folder, fresh } = installed;
    terminal.result({ folder, fresh }, () =>
      fresh ? `Installed in ${folder}; karst doctor tells whether it works.` : `It is in ${folder} already, whole.`,
    );
  },
});

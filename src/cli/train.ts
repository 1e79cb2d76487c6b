// karst train: one run, from nothing to its stop, in a folder anywhere or in the library.
import { existsSync } from 'node:fs';
import path from 'node:path';
import { KarstError } from '../base/errors.ts';
import type { EngineClient } from '../protocol/engine-api.ts';
import type { MemberRecord } from '../protocol/records.ts';
import { command } from './command.ts';
import { withEngine } from './engine-session.ts';
import { runOptions, runReference } from './run-reference.ts';
import { followTraining } from './training-view.ts';

export const train = command({
  name: 'train',
  summary: 'trains a model on a dataset',
  options: {
    dataset: {
      kind: 'text',
      value: 'ID|PATH',
      help: 'a dataset that Karst makes (shapes, ring, grid), or a file or folder; the preset’s unless told',
    },
    model: { kind: 'text', value: 'ID', help: 'vae, vq-vae or gan; vae, or the preset’s, unless told' },
    preset: { kind: 'text', value: 'ID', help: 'parameters that belong together' },
    set: {
      kind: 'settings',
      value: 'A.B=VALUE',
      help: 'a parameter: model.beta=4, net.width=64, train.batchSize=100, dataset.rows=5000; may be given again',
    },
    steps: { kind: 'whole', value: 'N', min: 1, help: 'stop after so many steps' },
    epochs: { kind: 'number', value: 'N', min: 1e-9, help: 'stop after so many passes over the data' },
    seconds: { kind: 'number', value: 'S', min: 1e-9, help: 'stop after so many seconds of training' },
    seed: { kind: 'number', value: 'N', help: 'the same seed, device and threads give the same weights; 0 unless told' },
    device: { kind: 'text', value: 'ID', help: 'what computes; the fastest unless told (karst doctor lists them)' },
    autopilot: { kind: 'flag', help: 'when training warns of a collapse, goes on in a branch with the first cure on offer' },
    ...runOptions,
  },
  examples: [
    'karst train --dataset shapes --seconds 60 --run runs/first',
    'karst train --dataset ~/mnist --set model.beta=4 --epochs 25 --seed 1 --run runs/beta4',
    'karst train --preset ring-r3gan --seed 1 --run runs/ring',
  ],
  async run({ options, terminal }) {
    const { dataset, preset, run, home } = options;
    if (dataset === undefined && preset === undefined) throw usage('--dataset', 'what to train on');
    const stops = [options.steps, options.epochs, options.seconds].filter((stop) => stop !== undefined);
    if (stops.length > 1) throw usage('one of --steps, --epochs and --seconds', 'they exclude each other');
    const given = Object.entries(options.set);
    const inDataset = given.filter(([name]) => name.startsWith('dataset.')).map(([name, value]) => [name.slice(8), value]);
    const defined = Object.fromEntries(
      (['model', 'preset', 'steps', 'epochs', 'seconds', 'seed', 'device'] as const)
        .map((name) => [name, options[name]] as const)
        .filter(([, value]) => value !== undefined),
    );
    return await withEngine(home, async (session) =>
      followTraining(session, terminal, async (client, callOptions) => {
        const chosen = dataset ?? (await madeFor(client, preset as string));
        return await client.startRun(
          {
            ...defined,
            dataset: isPathHere(chosen) ? path.resolve(chosen) : chosen,
            datasetParams: Object.fromEntries(inDataset) as Record<string, string>,
            set: {
              ...Object.fromEntries(given.filter(([name]) => !name.startsWith('dataset.'))),
              ...(options.autopilot ? { 'train.autopilot': true } : {}),
            },
            ...(run === undefined ? {} : { name: runReference(run) }),
          },
          callOptions,
        );
      }),
    );
  },
});

/** The dataset that a preset is meant for, where Karst makes it. */
async function madeFor(client: EngineClient, preset: string): Promise<string> {
  const families = await client.families({});
  const members = (name: string): readonly MemberRecord[] => families.find((one) => one.name === name)?.members ?? [];
  const found = members('preset').find(({ id }) => id === preset);
  if (!found) {
    const known = members('preset').map(({ id }) => id);
    throw new KarstError('usage', `unknown preset "${preset}"; known: ${known.join(', ')}`);
  }
  const meant = found.params['dataset']?.default;
  if (members('dataset').some(({ id }) => id === meant)) return String(meant);
  throw usage(
    '--dataset',
    meant === undefined ? 'what to train on' : `${preset} is meant for ${meant}, which are files: where they are`,
  );
}

/** A bare word may be a dataset that Karst makes; with a slash or a dot it is a path. */
const isPathHere = (given: string): boolean => /[\\/.~]/.test(given) && existsSync(given);

function usage(what: string, why: string): KarstError {
  return new KarstError('usage', `karst train needs ${what}: ${why}`);
}

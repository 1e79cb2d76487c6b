// What training and decoding need of this machine: files, datasets, devices, the time.
import type { ComputeHost } from '../engine/engine-host.ts';
import { openDataset } from './datasets/open.ts';
import { openPromptly } from './devices/catalogue.ts';
import { openFiles } from './files.ts';
import { versions } from './package-facts.ts';

export function openComputeHost(home?: string): ComputeHost {
  return {
    files: openFiles,
    openDataset: (id, options) => openDataset(id, options),
    openDevice: (id) => openPromptly(id, home === undefined ? {} : { home }),
    now: () => new Date(),
    versions: versions(),
  };
}

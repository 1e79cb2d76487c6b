// THE list of commands; adding one is one file and one line here.
import type { Command } from './command.ts';
import { bench } from './bench.ts';
import { compare } from './compare.ts';
import { cure } from './cure.ts';
import { devices } from './devices.ts';
import { doctor } from './doctor.ts';
import { exportRun } from './export.ts';
import { grid } from './grid.ts';
import { inspect } from './inspect.ts';
import { measure } from './measure.ts';
import { project } from './project.ts';
import { reproduce } from './reproduce.ts';
import { resume } from './resume.ts';
import { serve } from './serve.ts';
import { train } from './train.ts';

export const commands: readonly Command[] = [
  train,
  resume,
  measure,
  compare,
  cure,
  project,
  grid,
  inspect,
  exportRun,
  serve,
  doctor,
  bench,
  reproduce,
  devices,
];

// THE list of commands; adding one is one file and one line here.
import type { Command } from './command.ts';
import { serve } from './serve.ts';

export const commands: readonly Command[] = [serve];

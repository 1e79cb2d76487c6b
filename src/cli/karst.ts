#!/usr/bin/env node
// The command line. Exit codes: 0 done, 1 failed, 2 wrong usage, 130 interrupted (and, where something was training, resumable).
import process from 'node:process';
import { KarstError } from '../base/errors.ts';
import { versions } from '../node/package-facts.ts';
import { commands } from './commands.ts';
import { Terminal } from './terminal.ts';

async function main(words: readonly string[], terminal: Terminal): Promise<number> {
  const [name, ...rest] = words;
  if (name === '--version' || name === '-v') {
    terminal.out(versions()['karst'] ?? 'unknown');
    return 0;
  }
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    const asked = commands.find((one) => one.name === rest[0]);
    if (asked) return await asked.run(['--help'], terminal);
    terminal.out(overview());
    return name === undefined ? 2 : 0;
  }
  const found = commands.find((one) => one.name === name);
  if (!found)
    throw new KarstError('usage', `there is no command "${name}"; there are ${commands.map((one) => one.name).join(', ')}`);
  return await found.run(rest, terminal);
}

function overview(): string {
  const width = Math.max(...commands.map((one) => one.name.length));
  const lines = commands.map((one) => `  ${one.name.padEnd(width)}  ${one.summary}`);
  return [
    'karst <command> [options]: trains generative models and shows their latent space.',
    '',
    ...lines,
    '',
    'karst <command> --help says more; every command takes --json.',
  ].join('\n');
}

function exitCodeOf(thrown: unknown, terminal: Terminal): number {
  const isInterrupt = terminal.interrupt.signal.aborted;
  if (thrown instanceof KarstError) {
    if (!(isInterrupt && thrown.code === 'cancelled')) terminal.note(`karst: ${thrown.message}`);
    return isInterrupt ? 130 : thrown.code === 'usage' ? 2 : 1;
  }
  terminal.note(`karst: ${thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown)}`);
  return isInterrupt ? 130 : 1;
}

const terminal = new Terminal();
process.on('SIGINT', () => {
  if (terminal.interrupt.signal.aborted) process.exit(130); // the second Ctrl-C does not wait
  terminal.interrupt.abort(new KarstError('cancelled', 'interrupted'));
});
for (const signal of ['SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => terminal.interrupt.abort(new KarstError('cancelled', `ended by ${signal}`)));
}
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0); // whoever read the output has seen enough
});

const code = await main(process.argv.slice(2), terminal).catch((thrown: unknown) => exitCodeOf(thrown, terminal));
terminal.clear();
// Output to a pipe may still be on its way; once it is out nothing holds the process.
process.exitCode = code;
setTimeout(() => process.exit(code), 3000).unref();

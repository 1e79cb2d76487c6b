// A command is declared once: its help, the check of what is given and its handler come from the declaration.
import { parseArgs } from 'node:util';
import { KarstError } from '../base/errors.ts';
import type { ParamValues } from '../base/params.ts';
import type { Terminal } from './terminal.ts';

type Option =
  | { readonly kind: 'flag'; readonly help: string }
  | { readonly kind: 'text'; readonly value: string; readonly help: string }
  | { readonly kind: 'choice'; readonly options: readonly string[]; readonly help: string }
  | {
      readonly kind: 'whole' | 'number';
      readonly value: string;
      readonly min?: number;
      readonly max?: number;
      readonly help: string;
    }
  /** May be given several times; a.b=value. */
  | { readonly kind: 'settings'; readonly value: string; readonly help: string }
  /** A file to write, or, where the word after it has not that ending, the place where such files go. */
  | { readonly kind: 'file'; readonly value: string; readonly ending: string; readonly help: string }
  /** Whole numbers, separated by commas. */
  | { readonly kind: 'rows'; readonly value: string; readonly help: string };
export type Options = Readonly<Record<string, Option>>;

type Given<O extends Option> = O extends { kind: 'flag' }
  ? boolean
  : O extends { kind: 'choice'; options: readonly (infer C)[] }
    ? C | undefined
    : O extends { kind: 'text' | 'file' }
      ? string | undefined
      : O extends { kind: 'settings' }
        ? ParamValues
        : O extends { kind: 'rows' }
          ? number[] | undefined
          : number | undefined;
type GivenOptions<O extends Options> = { readonly [Name in keyof O]: Given<O[Name]> };

export interface Positional {
  readonly name: string;
  readonly help: string;
  readonly isOptional?: boolean;
  /** It and any number of others like it. */
  readonly isRepeated?: boolean;
}

export interface Command {
  readonly name: string;
  readonly summary: string;
  readonly positionals: readonly Positional[];
  readonly options: Options;
  readonly examples: readonly string[];
  /** What `--json` prints, or that it prints nothing of its own. Resolves to the exit code. */
  run(words: readonly string[], terminal: Terminal): Promise<number>;
}

/** Options that every command has. */
const common = {
  json: { kind: 'flag', help: 'machine-readable output on stdout' },
  home: { kind: 'text', value: 'DIR', help: 'the library; KARST_HOME or ~/.karst otherwise' },
  help: { kind: 'flag', help: 'this text' },
} as const satisfies Options;

export interface Invocation<O extends Options> {
  readonly positionals: readonly string[];
  readonly options: GivenOptions<O & typeof common>;
  readonly terminal: Terminal;
}

export function command<const O extends Options>(declared: {
  readonly name: string;
  readonly summary: string;
  readonly positionals?: readonly Positional[];
  readonly options?: O;
  readonly examples?: readonly string[];
  readonly run: (invocation: Invocation<O>) => Promise<number | void>;
}): Command {
  const options: Options = { ...declared.options, ...common };
  const made: Command = {
    name: declared.name,
    summary: declared.summary,
    positionals: declared.positionals ?? [],
    options,
    examples: declared.examples ?? [],
    async run(words, terminal) {
      const given = readWords(made, words);
      if (given.options['help'] === true) {
        terminal.out(helpOf(made));
        return 0;
      }
      terminal.isJson = given.options['json'] === true;
      checkPositionals(made, given.positionals);
      return (await declared.run({ ...(given as Invocation<O>), terminal })) ?? 0;
    },
  };
  return made;
}

function readWords(
  { name, options }: Command,
  words: readonly string[],
): { positionals: readonly string[]; options: Record<string, unknown> } {
  const config = Object.fromEntries(
    Object.entries(options).map(([option, { kind }]) => [
      option,
      { type: kind === 'flag' ? ('boolean' as const) : ('string' as const), multiple: kind === 'settings' },
    ]),
  );
  let parsed: { positionals: string[]; values: Record<string, unknown> };
  try {
    parsed = parseArgs({ args: withPlaces(words, options), options: config, allowPositionals: true, strict: true });
  } catch (thrown) {
    const { code, message } = thrown as { code?: string; message: string };
    const known = Object.keys(options).map((option) => `--${option}`);
    if (code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') {
      const option = /'(-[^' ]*)/.exec(message)?.[1] ?? 'this option';
      throw new KarstError('usage', `karst ${name} does not know ${option}; it knows ${known.join(', ')}`);
    }
    throw new KarstError('usage', `karst ${name}: ${message}`);
  }
  const values = Object.entries(options).map(([option, declared]) => [
    option,
    readValue(option, declared, parsed.values[option]),
  ]);
  return { positionals: parsed.positionals, options: Object.fromEntries(values) as Record<string, unknown> };
}

/** `--html` alone says `--html=`: an empty path stands for the usual place. */
function withPlaces(words: readonly string[], options: Options): string[] {
  return words.map((word, i) => {
    const option = word.startsWith('--') ? options[word.slice(2)] : undefined;
    return option?.kind === 'file' && !words[i + 1]?.toLowerCase().endsWith(`.${option.ending}`) ? `${word}=` : word;
  });
}

function readValue(name: string, option: Option, given: unknown): unknown {
  const fail = (expected: string): never => {
    throw new KarstError('usage', `--${name} must be ${expected}, got ${JSON.stringify(given)}`);
  };
  switch (option.kind) {
    case 'flag':
      return given === true;
    case 'settings':
      return readSettings(name, (given ?? []) as readonly string[]);
    case 'file':
      return given;
    case 'text':
      return given === '' ? fail(`a ${option.value}`) : given;
    case 'choice':
      return given === undefined || option.options.includes(given as string)
        ? given
        : fail(`one of ${option.options.join(', ')}`);
    case 'rows': {
      if (given === undefined) return undefined;
      const rows = (given as string).split(',').map(Number);
      return rows.every((row) => Number.isInteger(row) && row >= 0) ? rows : fail('row numbers separated by commas');
    }
    case 'whole':
    case 'number': {
      if (given === undefined) return undefined;
      const { min = -Infinity, max = Infinity } = option;
      const value = (given as string).trim() === '' ? NaN : Number(given);
      const isWhole = option.kind === 'whole';
      if (!Number.isFinite(value) || (isWhole && !Number.isInteger(value))) return fail(isWhole ? 'a whole number' : 'a number');
      if (value < min || value > max) return fail(max === Infinity ? `at least ${min}` : `between ${min} and ${max}`);
      return value;
    }
  }
}

/** `beta=4`, `net=conv`, `standardise=false`: numbers and truth values become what they look like. */
function readSettings(name: string, given: readonly string[]): ParamValues {
  return Object.fromEntries(
    given.map((text) => {
      const at = text.indexOf('=');
      if (at < 1) throw new KarstError('usage', `--${name} takes a.b=value, got ${JSON.stringify(text)}`);
      const value = text.slice(at + 1);
      const number = value.trim() === '' ? NaN : Number(value);
      const read = value === 'true' ? true : value === 'false' ? false : Number.isFinite(number) ? number : value;
      return [text.slice(0, at), read];
    }),
  );
}

function checkPositionals({ name, positionals }: Command, given: readonly string[]): void {
  const needed = positionals.filter((one) => !one.isOptional);
  const missing = needed[given.length];
  if (missing) throw new KarstError('usage', `karst ${name} needs <${missing.name}>: ${missing.help}`);
  if (given.length > positionals.length && !positionals.at(-1)?.isRepeated) {
    throw new KarstError(
      'usage',
      `karst ${name} takes ${positionals.length || 'no'} words besides its options, got ${JSON.stringify(given[positionals.length])} too many`,
    );
  }
}

function helpOf({ name, summary, positionals, options, examples }: Command): string {
  const words = positionals.map((one) => (one.isOptional ? `[${one.name}]` : `<${one.name}>${one.isRepeated ? ' …' : ''}`));
  const rows: [string, string][] = positionals.map((one) => [`<${one.name}>`, one.help]);
  for (const [option, declared] of Object.entries(options)) {
    const value =
      declared.kind === 'file'
        ? ` [${declared.value}]`
        : 'value' in declared
          ? ` ${declared.value}`
          : declared.kind === 'choice'
            ? ` ${declared.options.join('|')}`
            : '';
    rows.push([`--${option}${value}`, declared.help]);
  }
  const width = Math.min(34, Math.max(...rows.map(([left]) => left.length)));
  const lines = rows.map(([left, right]) =>
    left.length > width ? `  ${left}\n  ${' '.repeat(width)}  ${right}` : `  ${left.padEnd(width)}  ${right}`,
  );
  const shown = examples.length > 0 ? ['', 'For example:', ...examples.map((example) => `  ${example}`)] : [];
  return [`karst ${[name, ...words].join(' ')} [options]`, '', `${summary}.`, '', ...lines, ...shown].join('\n');
}

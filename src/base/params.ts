// Parameters of a family's member, declared once: the declaration gives the default, the check, the saved form, the command-line flag
// and the form control.
import { KarstError } from './errors.ts';

export type Param =
  | { kind: 'int' | 'float'; default: number; min: number; max: number; scale?: 'linear' | 'log'; unit?: string; help: string }
  | { kind: 'choice'; default: string; options: readonly string[]; help: string }
  | { kind: 'bool'; default: boolean; help: string };

export type Params = Readonly<Record<string, Param>>;
export type ParamValue = number | string | boolean;
export type ParamValues = Readonly<Record<string, ParamValue>>;

export type Values<S extends Params> = {
  readonly [K in keyof S]: S[K] extends { kind: 'bool' } ? boolean : S[K] extends { options: readonly (infer O)[] } ? O : number;
};

export function defaults<S extends Params>(params: S): Values<S> {
  return Object.fromEntries(Object.entries(params).map(([name, param]) => [name, param.default])) as Values<S>;
}

/** Text (as a command line gives it) or a value to a checked value of `param`; `where` names it in the error. */
export function checkValue(where: string, param: Param, given: unknown): ParamValue {
  const fail = (expected: string): never => {
    throw new KarstError('usage', `${where} must be ${expected}, got ${JSON.stringify(given)}`);
  };
  switch (param.kind) {
    case 'bool':
      if (given === true || given === 'true') return true;
      if (given === false || given === 'false') return false;
      return fail('true or false');
    case 'choice':
      if (typeof given === 'string' && param.options.includes(given)) return given;
      return fail(`one of ${param.options.join(', ')}`);
    case 'int':
    case 'float': {
      const value = typeof given === 'string' && given.trim() !== '' ? Number(given) : given;
      const whole = param.kind === 'int';
      if (typeof value !== 'number' || !Number.isFinite(value) || (whole && !Number.isInteger(value))) {
        return fail(whole ? 'a whole number' : 'a finite number');
      }
      if (value < param.min || value > param.max) return fail(`between ${param.min} and ${param.max}`);
      return value;
    }
  }
}

/** Defaults overlaid with checked `given` values; unknown names list the known ones. */
export function resolve<S extends Params>(where: string, params: S, given: Readonly<Record<string, unknown>> = {}): Values<S> {
  const values: Record<string, ParamValue> = { ...(defaults(params) as Record<string, ParamValue>) };
  for (const [name, value] of Object.entries(given)) {
    const param = Object.hasOwn(params, name) ? params[name] : undefined;
    if (!param) {
      const known = Object.keys(params).join(', ') || 'none';
      throw new KarstError('usage', `unknown parameter ${where}.${name}; known: ${known}`);
    }
    values[name] = checkValue(`${where}.${name}`, param, value);
  }
  return values as Values<S>;
}

// How a contract between two sides is written: one table of methods, each with the schema of its one argument object and the type of its
// result. What one side implements and what the other calls are derived from the table.
import type { z } from 'zod';
import type { ProgressRecord } from './records.ts';

export interface Method<Args extends z.ZodType, Result> {
  readonly args: Args;
  /** Only a type: nothing is there at run time. */
  readonly result?: Result;
}

export type Methods = Readonly<Record<string, Method<z.ZodType, unknown>>>;

export const method =
  <Result>() =>
  <Args extends z.ZodType>(args: Args): Method<Args, Result> => ({ args });

export interface CallOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ProgressRecord) => void;
}

type ResultOf<M> = M extends Method<z.ZodType, infer Result> ? Result : never;

/** What one side implements: arguments already checked. */
export type ApiOf<Table extends Methods> = {
  readonly [Name in keyof Table]: (args: z.output<Table[Name]['args']>, options: CallOptions) => Promise<ResultOf<Table[Name]>>;
};

/** What the other side calls: defaults may be left out. */
export type ClientOf<Table extends Methods> = {
  readonly [Name in keyof Table]: (args: z.input<Table[Name]['args']>, options?: CallOptions) => Promise<ResultOf<Table[Name]>>;
};

// The one error class of Karst. It is thrown where the fault is known, names what was expected and what came, crosses processes as
// plain data, and is shown exactly once.

export const errorCodes = [
  'usage', // the caller asked for something that has no meaning: unknown option, value out of range
  'not-found', // a run, file, row or member that is not there
  'bad-data', // a file or folder whose content is malformed, truncated, hostile or mislabelled
  'too-large', // input beyond a stated limit
  'unsupported', // well formed, but not something Karst can do here
  'device', // no device works, or one failed while computing
  'diverged', // training produced NaN or infinity and could not be rolled back
  'disk', // the disk is full or refuses to be written
  'exists', // writing would destroy something that is there
  'cancelled', // the caller took the request back
  'disconnected', // the other side of a port is gone
  'refused', // not allowed: wrong token, foreign origin, a path outside the folder
  'internal', // a fault of Karst itself
] as const;
export type ErrorCode = (typeof errorCodes)[number];

/** An error as it travels between processes. `facts` hold plain values that the text was made of. */
export interface ErrorRecord {
  readonly code: ErrorCode;
  readonly message: string;
  readonly facts?: Readonly<Record<string, string | number | boolean>>;
  readonly stack?: string;
}

export class KarstError extends Error {
  readonly code: ErrorCode;
  readonly facts: Readonly<Record<string, string | number | boolean>>;

  constructor(
    code: ErrorCode,
    message: string,
    facts: Readonly<Record<string, string | number | boolean>> = {},
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'KarstError';
    this.code = code;
    this.facts = facts;
  }
}

export function toErrorRecord(thrown: unknown): ErrorRecord {
  if (thrown instanceof KarstError) {
    return { code: thrown.code, message: thrown.message, facts: thrown.facts, ...(thrown.stack ? { stack: thrown.stack } : {}) };
  }
  if (thrown instanceof Error) {
    return { code: 'internal', message: thrown.message, ...(thrown.stack ? { stack: thrown.stack } : {}) };
  }
  return { code: 'internal', message: String(thrown) };
}

export function fromErrorRecord(record: ErrorRecord): KarstError {
  const error = new KarstError(record.code, record.message, record.facts);
  if (record.stack) error.stack = record.stack;
  return error;
}

/** What to throw where a signal was aborted: the caller's own reason when it is an error, else `cancelled`. */
export function throwIfCancelled(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw signal.reason instanceof KarstError ? signal.reason : new KarstError('cancelled', 'cancelled');
}

// Parquet read back with hyparquet, for tests.
import { readFileSync } from 'node:fs';
import { parquetMetadata, parquetReadObjects } from 'hyparquet';

export interface ReadParquet {
  /** Name and physical type. */
  readonly columns: readonly string[];
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  readonly facts: Readonly<Record<string, string | undefined>>;
  readonly createdBy: string | undefined;
}

export async function readParquet(file: string | Uint8Array): Promise<ReadParquet> {
  const bytes = Uint8Array.from(typeof file === 'string' ? readFileSync(file) : file);
  const { schema, key_value_metadata, created_by } = parquetMetadata(bytes.buffer);
  return {
    columns: schema.slice(1).map(({ name, type }) => `${name} ${type}`),
    rows: await parquetReadObjects({ file: bytes.buffer }),
    facts: Object.fromEntries((key_value_metadata ?? []).map(({ key, value }) => [key, value])),
    createdBy: created_by,
  };
}

// Apache Parquet (https://parquet.apache.org/docs/file-format), the table that pandas, DuckDB, Arrow and Spark open with its types: one
// typed column after another, facts about the whole beside them as key and value. The writing itself is hyparquet-writer's.
import { parquetWriteBuffer } from 'hyparquet-writer/src/write.js';
import type { Column } from './tables.ts';

/** `createdBy` names program and version, in the words that readers of Parquet expect: `Karst version 0.1.0`. */
export function writeParquet(
  columns: readonly Column[],
  facts: Readonly<Record<string, string>>,
  createdBy: string,
): Uint8Array<ArrayBuffer> {
  const columnData = columns.map(({ name, values }) => {
    // Only texts may be missing.
    if (values instanceof Int32Array) return { name, data: values, type: 'INT32' as const, nullable: false };
    if (values instanceof Float32Array) return { name, data: values, type: 'FLOAT' as const, nullable: false };
    return { name, data: Array.from(values), type: 'STRING' as const };
  });
  const kvMetadata = Object.entries(facts).map(([key, value]) => ({ key, value }));
  return new Uint8Array(parquetWriteBuffer({ columnData, kvMetadata, createdBy }));
}

import { sql } from "drizzle-orm";
import type { SQL } from "drizzle-orm";
import { getTableConfig } from "drizzle-orm/pg-core";
import type { PgTable } from "drizzle-orm/pg-core";

/** A row by column names of the database; bytes as {@link hexOf} gives them, `json` columns as JSON text. */
export type Row = Readonly<Record<string, string | number | null>>;

/** Bytes as PostgreSQL reads them from text. */
export function hexOf(bytes: Uint8Array): string {
  return `\\x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex")}`;
}

/**
 * An INSERT of any number of rows as one parameter, a JSON document that PostgreSQL takes apart: half the cost of a parameter a value.
 * Rows that are there already stay as they are.
 */
export function insertRows(table: PgTable, rows: readonly Row[]): SQL {
  const { name, columns } = getTableConfig(table);
  const names = columns.map((column) => `"${column.name}"`);
  // A JSON document cannot hold U+0000 unless it is itself within a string, of which the outer parser sees an escaped backslash.
  const isJson = columns.map((column) => column.getSQLType() === "json");
  const given = columns.map((column, i) => `${names[i]} ${isJson[i] ? "text" : column.getSQLType()}`);
  const selected = names.map((column, i) => (isJson[i] ? `${column}::json` : column));
  // JSON has no NaN and no infinity; PostgreSQL reads both from text.
  const document = JSON.stringify(rows, (_, value: unknown) =>
    typeof value === "number" && !Number.isFinite(value) ? String(value) : value,
  );
  const into = sql.raw(`insert into "${name}" (${names.join(", ")}) select ${selected.join(", ")}`);
  const from = sql`from json_to_recordset(${document}::json) as given(${sql.raw(given.join(", "))})`;
  return sql`${into} ${from} on conflict do nothing`;
}

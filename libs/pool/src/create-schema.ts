import { getTableConfig } from "drizzle-orm/pg-core";
import type { PgColumn, PgTable } from "drizzle-orm/pg-core";
import { TABLES } from "./schema.ts";

const quote = (name: string): string => `"${name}"`;
const list = (columns: readonly PgColumn[]): string => columns.map((c) => quote(c.name)).join(", ");

/** SQL that creates the tables of `schema.ts` in an empty database. Covers what that schema uses, nothing more. */
export function createSchema(): string {
  return TABLES.map(createTable).join("\n");
}

function createTable(table: PgTable): string {
  const { name, columns, primaryKeys, uniqueConstraints, foreignKeys } = getTableConfig(table);
  const lines = [
    ...columns.map(createColumn),
    ...primaryKeys.map((key) => `primary key (${list(key.columns)})`),
    ...uniqueConstraints.map((constraint) => `unique (${list(constraint.columns)})`),
    ...foreignKeys.map((key) => {
      const { columns: own, foreignColumns, foreignTable } = key.reference();
      return `foreign key (${list(own)}) references ${quote(getTableConfig(foreignTable).name)} (${list(foreignColumns)})`;
    }),
  ];
  return `create table ${quote(name)} (\n  ${lines.join(",\n  ")}\n);`;
}

function createColumn(column: PgColumn): string {
  const words = [quote(column.name), column.getSQLType()];
  if (column.generatedIdentity) words.push("generated always as identity");
  if (column.primary) words.push("primary key");
  if (column.isUnique) words.push("unique");
  if (column.notNull) words.push("not null");
  return words.join(" ");
}

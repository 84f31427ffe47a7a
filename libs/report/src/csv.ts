import { TouchstoneError } from "@touchstone/core";
import { CsvError, parse } from "csv-parse/sync";
import { stringify } from "csv-stringify/sync";
import type { z } from "zod";

type Schema<Row> = z.ZodObject<z.ZodRawShape> & { parse(row: unknown): Row };
type Cell = string | number | boolean | null;

/**
 * Rows as RFC 4180 text (CRLF, a header, quotes where needed): columns in the schema's order, `null` as an empty cell,
 * numbers in the shortest spelling that reads back to the same float64. Throws `unwritable-row` for a row that breaks the
 * schema, NaN included.
 */
export function toCsv<Row>(file: string, schema: Schema<Row>, rows: readonly Row[]): string {
  const columns = columnsOf(schema);
  const cells = rows.map((row, index) => {
    const checked = schema.safeParse(row);
    if (!checked.success) {
      const issue = checked.error.issues[0]!;
      const column = String(issue.path[0]);
      throw new TouchstoneError({
        code: "unwritable-row",
        family: "internal",
        what: `Row ${index + 1} of ${file} has a value in column ${column} that the table does not allow: ${issue.message}.`,
        value: String((row as Record<string, unknown>)[column]),
        fix: "Undefined numbers are null, never NaN; please report this as a bug of the evaluation.",
      });
    }
    return columns.map((column) => spell((checked.data as Record<string, Cell>)[column]!));
  });
  return stringify([columns, ...cells], { record_delimiter: "windows", quoted_match: /[\r\n]/ });
}

/** Columns that came later, and what a row that was written without them has in their cells. */
export type LaterColumns = Readonly<Record<string, (row: Readonly<Record<string, string>>) => string>>;

/** The rows of a file written by `toCsv`, or before it had the columns in `later`. Throws `damaged-table`, naming file, line and column. */
export function fromCsv<Row>(file: string, schema: Schema<Row>, text: string, later: LaterColumns = {}): Row[] {
  const columns = columnsOf(schema);
  const [header, ...records] = readRecords(file, text);
  const names = header?.cells ?? [];
  const earlier = columns.filter((column) => !(column in later));
  if (names.join() !== columns.join() && names.join() !== earlier.join()) {
    throw damaged(file, 1, undefined, "its header is not the one of this version", names.join());
  }
  return records.map(({ cells, line }) => {
    if (cells.length !== names.length) {
      throw damaged(file, line, undefined, `it has ${cells.length} cells instead of ${names.length}`, cells.join());
    }
    const written = Object.fromEntries(names.map((name, i) => [name, cells[i]!]));
    const cellOf = (column: string): string => written[column] ?? later[column]!(written);
    const row = Object.fromEntries(columns.map((column) => [column, readCell(schema.shape[column], cellOf(column))]));
    const checked = schema.safeParse(row);
    if (checked.success) return checked.data as Row;
    const column = String(checked.error.issues[0]!.path[0]);
    throw damaged(file, line, column, checked.error.issues[0]!.message, cellOf(column));
  });
}

/** The rows of any table with a header, every cell as text. Throws `damaged-table`. */
export function tableOf(file: string, text: string): readonly Readonly<Record<string, string>>[] {
  const [header, ...records] = readRecords(file, text);
  return records.map(({ cells }) => Object.fromEntries((header?.cells ?? []).map((name, i) => [name, cells[i] ?? ""])));
}

export function columnsOf(schema: z.ZodObject<z.ZodRawShape>): string[] {
  return Object.keys(schema.shape);
}

interface CsvRecord {
  readonly cells: readonly string[];
  readonly line: number;
}

function readRecords(file: string, text: string): CsvRecord[] {
  try {
    const records = parse(text, { bom: true, info: true, relax_column_count: true, record_delimiter: ["\r\n", "\n"] });
    // `lines` counts the line on which a record ends, which is the line to look at unless a cell spans several.
    return (records as unknown as { record: string[]; info: { lines: number } }[]).map(({ record, info }) => ({
      cells: record,
      line: info.lines - record.reduce((breaks, cell) => breaks + (cell.match(/\n/g)?.length ?? 0), 0),
    }));
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    const complete = new TextDecoder().decode(new TextEncoder().encode(text).subarray(0, Number(error["bytes"])));
    const why = error.code === "CSV_QUOTE_NOT_CLOSED" ? "a quote is opened and never closed" : error.message;
    throw damaged(file, complete.split("\n").length, undefined, why, undefined);
  }
}

function spell(value: Cell): string {
  return value === null ? "" : String(value);
}

/** A cell by its column's type; text that does not spell a value of that type stays text, for the schema to refuse. */
function readCell(schema: unknown, cell: string): Cell {
  const { type, nullable } = kindOf(schema);
  if (nullable && cell === "") return null;
  if (type === "number") return /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(cell) ? Number(cell) : cell;
  if (type === "boolean") return cell === "true" ? true : cell === "false" ? false : cell;
  return cell;
}

function kindOf(schema: unknown): { type: string; nullable: boolean } {
  const { def } = schema as { def: { type: string; innerType?: unknown } };
  return def.type === "nullable" ? { ...kindOf(def.innerType), nullable: true } : { type: def.type, nullable: false };
}

function damaged(file: string, line: number, column: string | undefined, why: string, value: string | undefined) {
  const where = column === undefined ? `line ${line}` : `line ${line}, column ${column}`;
  return new TouchstoneError({
    code: "damaged-table",
    family: "input",
    what: `${file} cannot be read: ${where}: ${why}.`,
    ...(value === undefined ? {} : { value }),
    fix: "Restore the file, or run the suite again: what it drew is in the pool, so that only the tables are made anew.",
  });
}

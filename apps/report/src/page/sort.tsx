import { useState } from "preact/hooks";

export interface Sorting {
  readonly column: number;
  readonly descending: boolean;
}

/** What a table is sorted by; null keeps the order in which it was given. */
export function useSorting(): [Sorting | null, (column: number) => void] {
  const [sorting, set] = useState<Sorting | null>(null);
  const sortBy = (column: number) =>
    set((now) =>
      now?.column === column ? (now.descending ? { column, descending: false } : null) : { column, descending: true },
    );
  return [sorting, sortBy];
}

type Value = string | number | null;

/** Rows by a column's value: numbers by size, text by alphabet, nothing always last. */
export function sorted<Row>(
  rows: readonly Row[],
  sorting: Sorting | null,
  value: (row: Row, column: number) => Value,
): readonly Row[] {
  if (sorting === null) return rows;
  const { column, descending } = sorting;
  return rows.toSorted((a, b) => compare(value(a, column), value(b, column), descending));
}

function compare(a: Value, b: Value, descending: boolean): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null);
  const order = typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b));
  return descending ? -order : order;
}

/** A column's heading that sorts by it. */
export function SortableHeading(props: {
  name: string;
  column: number;
  sorting: Sorting | null;
  sortBy: (column: number) => void;
  class?: string;
}) {
  const own = props.sorting?.column === props.column ? props.sorting : null;
  return (
    <th scope="col" class={props.class} aria-sort={own === null ? "none" : own.descending ? "descending" : "ascending"}>
      <button type="button" onClick={() => props.sortBy(props.column)}>
        {props.name}
        <span class="arrow" aria-hidden="true">
          {own === null ? "" : own.descending ? "\u2193" : "\u2191"}
        </span>
      </button>
    </th>
  );
}

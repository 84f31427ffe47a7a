import type { ComponentChildren } from "preact";
import { Scroll } from "../page/text.tsx";

interface Props {
  readonly label: string;
  readonly head: readonly string[];
  /** So many columns are words; the first is a heading. */
  readonly textColumns: number;
  readonly rows: readonly (readonly ComponentChildren[])[];
}

/** A table that scrolls in its own box. */
export function Table({ label, head, textColumns, rows }: Props) {
  return (
    <Scroll label={label}>
      <table>
        <caption class="sr-only">{label}</caption>
        <thead>
          <tr>
            {head.map((name, i) => (
              <th key={name} scope="col" class={i < textColumns ? `text ${i === 0 ? "sticky" : ""}` : ""}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((cells, r) => (
            <tr key={r}>
              <th scope="row" class="sticky">
                {cells[0]}
              </th>
              {cells.slice(1).map((cell, i) => (
                <td key={i} class={i + 1 < textColumns ? "text" : ""}>
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

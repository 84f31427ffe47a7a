import { useContext } from "preact/hooks";
import { BASE, Highlighting, lookOf } from "./look.ts";
import { Mark } from "./mark.tsx";

/** Names and looks of the rows; a press highlights a row in every figure, or no longer. */
export function RowLegend({ rows, base = true }: { rows: readonly string[]; base?: boolean }) {
  const { highlights, toggle } = useContext(Highlighting);
  const quiet = rows.some((row) => lookOf(row, highlights).quiet);
  return (
    <div class="legends">
      <ul class="legend" aria-label="Rows">
        {rows.map((row) => {
          const look = lookOf(row, highlights);
          return (
            <li key={row}>
              <button
                type="button"
                class={look.quiet ? "quiet" : ""}
                aria-pressed={!look.quiet}
                onClick={() => toggle(row)}
              >
                <Mark look={look} />
                {row}
              </button>
            </li>
          );
        })}
        {base && (
          <li>
            <Mark look={lookOf(BASE, highlights)} />
            base policy
          </li>
        )}
      </ul>
      {quiet && <p class="key-line">Press a name to highlight it here and in every other figure; the rest is grey.</p>}
    </div>
  );
}

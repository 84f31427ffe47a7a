import { budgetTable } from "@touchstone/report/view";
import type { BudgetCell, BudgetTable, BudgetTableRow, Setting } from "@touchstone/report/view";
import { SortableHeading, sorted, useSorting } from "./sort.tsx";
import type { Sorting } from "./sort.tsx";
import { Estimate, GroupTitle, RewardModelName, Scroll, Section } from "./text.tsx";

/** Method by budget, with intervals: the numbers behind every sentence above. */
export function TableSection({ setting }: { setting: Setting }) {
  const tables = setting.groups.map((group) => budgetTable(setting, group));
  const [sorting, sortBy] = useSorting();
  const flagged = tables.some(({ rows }) =>
    rows.some(({ cells }) => cells.some((cell) => cell && cell.row.flag !== "")),
  );
  return (
    <Section
      id="table"
      title="Every method at every budget"
      lead={`Accuracy in per cent over its 95 % interval; n is the number of problems, and of the clusters they come from. Budgets are ${setting.unit} per problem.`}
    >
      <Scroll label="Accuracy of every method at every budget">
        <table class="budgets">
          <caption class="sr-only">
            Accuracy in per cent with 95 % intervals, by reward model, method and budget
          </caption>
          <thead>
            <tr>
              <SortableHeading name="Method" column={-2} sorting={sorting} sortBy={sortBy} class="text sticky" />
              <SortableHeading name="Reward model" column={-1} sorting={sorting} sortBy={sortBy} class="text" />
              {setting.budgets.map((budget, i) => (
                <SortableHeading
                  key={budget}
                  name={budget.toLocaleString("en-US")}
                  column={i}
                  sorting={sorting}
                  sortBy={sortBy}
                />
              ))}
              <th scope="col">n (clusters)</th>
            </tr>
          </thead>
          {tables.map((table) => (
            <GroupRows key={table.group.rewardModel} table={table} setting={setting} sorting={sorting} />
          ))}
          <ReferenceRows tables={tables} setting={setting} />
        </table>
      </Scroll>
      <p class="key-line marks">
        <span>
          <span class="mark best" aria-hidden="true" />
          best of its group at this budget
        </span>
        <span>
          <span class="mark tied" aria-hidden="true" />
          tied with it: not told apart, Holm-adjusted p ≥ 0.05
        </span>
        {flagged && <span>† the pool is smaller than four times this budget</span>}
        {setting.groups.length > 1 && <span>Methods without a reward model compete in every group.</span>}
      </p>
    </Section>
  );
}

function GroupRows({ table, setting, sorting }: { table: BudgetTable; setting: Setting; sorting: Sorting | null }) {
  const { group, rows } = table;
  const value = (row: BudgetTableRow, column: number) =>
    column === -2
      ? row.label
      : column === -1
        ? row.rewardModel
        : (row.cells[table.budgets.indexOf(setting.budgets[column]!)]?.estimate ?? null);
  const methods = sorted(
    rows.filter((row) => row.kind === "method"),
    sorting,
    value,
  );
  return (
    <tbody>
      {group.rewardModel !== "" && (
        <tr class="group">
          <th scope="rowgroup" colSpan={setting.budgets.length + 3}>
            <span>
              <GroupTitle group={group} />
            </span>
          </th>
        </tr>
      )}
      {methods.map((row) => (
        <MethodRow key={row.series.key} row={row} table={table} setting={setting} />
      ))}
    </tbody>
  );
}

/** Ceilings and floors, once and apart from what competes. */
function ReferenceRows({ tables, setting }: { tables: readonly BudgetTable[]; setting: Setting }) {
  const rows = tables.flatMap((table) =>
    table.rows.filter((row) => row.kind === "reference").map((row) => ({ row, table })),
  );
  const once = [...new Map(rows.map((one) => [one.row.series.key, one])).values()];
  if (once.length === 0) return null;
  return (
    <tbody>
      <tr class="group">
        <th scope="rowgroup" colSpan={setting.budgets.length + 3}>
          <span>
            Reference lines <span class="none">computed from the grades; not methods</span>
          </span>
        </th>
      </tr>
      {once.map(({ row, table }) => (
        <MethodRow key={row.series.key} row={row} table={table} setting={setting} />
      ))}
    </tbody>
  );
}

function MethodRow({ row, table, setting }: { row: BudgetTableRow; table: BudgetTable; setting: Setting }) {
  const some = row.cells.find((cell) => cell !== null);
  return (
    <tr class={row.kind}>
      <th scope="row" class="sticky">
        {row.label}
      </th>
      <td class="text">
        <RewardModelName name={row.rewardModel} planted={row.planted} />
      </td>
      {setting.budgets.map((budget) => (
        <Cell key={budget} cell={row.cells[table.budgets.indexOf(budget)] ?? null} />
      ))}
      <td>{some && `${some.row.problems} (${some.row.clusters})`}</td>
    </tr>
  );
}

function Cell({ cell }: { cell: BudgetCell | null }) {
  if (cell === null) return <td class="none">–</td>;
  const { row, estimate, mark } = cell;
  const how = row.replicates === 0 ? "exact over all subsets" : `${row.replicates} random subsets`;
  return (
    <td class={mark} data-estimate={estimate} title={`${how}, seed ${row.seed}`}>
      {mark && <span class={`mark ${mark}`} role="img" aria-label={mark} />}
      <Estimate row={{ ...row, estimate }} flagged={row.flag !== ""} />
    </td>
  );
}

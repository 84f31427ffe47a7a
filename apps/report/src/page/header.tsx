import type { Manifest } from "@touchstone/core";
import type { PageData } from "@touchstone/report";
import { compact, hasGold } from "@touchstone/report/view";
import type { Setting } from "@touchstone/report/view";

/** What was run, on which model, when, by which commit and on which machine. */
export function Header({ run, setting }: { run: PageData; setting: Setting }) {
  const { manifest } = run;
  const policy = manifest.models.find((model) => model.role === "policy" && model.name === setting.model);
  return (
    <header>
      <Brand />
      <h1>{manifest.suite}</h1>
      <p class="question">
        Which way of spending the budget gives the best answers, and what does it cost? {setting.problems} problems of{" "}
        {setting.dataset} ({setting.split}),{" "}
        {setting.budgets.length > 1 ? `${setting.budgets.length} budgets` : "one budget"}, every method on the same
        samples.
      </p>
      <dl class="facts">
        <Fact name="Model">
          {setting.model}
          {typeof policy?.parameters_total === "number" && <small>{compact(policy.parameters_total)} parameters</small>}
        </Fact>
        <WhenAndWhere manifest={manifest} />
      </dl>
      <nav aria-label="Parts of this page">
        {PARTS.filter(([id]) => hasPart(run, setting, id)).map(([id, name]) => (
          <a key={id} href={`#${id}`}>
            {name}
          </a>
        ))}
      </nav>
    </header>
  );
}

const PARTS = [
  ["answer", "Answer"],
  ["table", "Table"],
  ["rewards", "Rewards"],
  ["accuracy", "Accuracy"],
  ["proxy", "Proxy and gold"],
  ["cost", "Cost"],
  ["comparisons", "Comparisons"],
  ["learning", "Learning"],
  ["allocation", "Allocation"],
  ["tuning", "Tuning"],
  ["diagnostics", "Diagnostics"],
  ["problems", "Problems"],
  ["made", "How it was made"],
] as const;

/** What is measured by grades; in its place stand the rewards where there is no gold. */
const OF_GOLD: ReadonlySet<string> = new Set(["table", "accuracy", "proxy", "cost", "comparisons"]);

function hasPart(run: PageData, setting: Setting, id: (typeof PARTS)[number][0]): boolean {
  const { dataset, model } = setting;
  if (id === "rewards" || OF_GOLD.has(id)) return hasGold(setting) === OF_GOLD.has(id);
  const tables = { learning: run.traces, allocation: run.allocation, tuning: run.tuning };
  if (!(id in tables)) return true;
  const rows = tables[id as keyof typeof tables] ?? [];
  return rows.some((row) => row.dataset === dataset && row.model === model);
}

function Fact({ name, children }: { name: string; children: preact.ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** A dark stone with a streak of gold, and the name. */
export function Brand() {
  return (
    <p class="brand">
      <svg viewBox="0 0 32 32" width="26" height="26" aria-hidden="true">
        <path
          class="stone"
          d="M7 4h17c3 0 5 2 5.300 5l.7 12c.2 4-2 7-6 7.400L9 29c-4 .3-6.500-2-6.700-6L2 11C1.800 7 4 4 7 4Z"
        />
        <path class="streak" d="M8.500 22.500 23.500 10" />
      </svg>
      Touchstone
    </p>
  );
}

/** When something was made, by which commit and on which machine. */
export function WhenAndWhere({
  manifest: { started, touchstone, machine },
}: {
  manifest: Pick<Manifest, "started" | "touchstone" | "machine">;
}) {
  return (
    <>
      <Fact name="Date">
        <time dateTime={started}>{day(started)}</time>
        <small>{clock(started)} UTC</small>
      </Fact>
      <Fact name="Commit">
        <code>{touchstone.commit?.slice(0, 10) ?? "unknown"}</code>
        <small>
          {touchstone.dirty === null ? "no repository" : touchstone.dirty ? "with uncommitted changes" : "clean"}
        </small>
      </Fact>
      <Fact name="Machine">
        {machine.cpu}
        <small>
          {machine.cores} cores, {machine.device}
        </small>
      </Fact>
    </>
  );
}

function day(iso: string): string {
  return new Date(iso).toLocaleDateString("en-GB", { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
}

function clock(iso: string): string {
  return new Date(iso).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: "UTC" });
}

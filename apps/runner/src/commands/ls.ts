import { resolve } from "node:path";
import { TouchstoneError } from "@touchstone/core";
import { print } from "../context.ts";
import { PLACES } from "../places.ts";
import { LISTS } from "../program.ts";

export interface ListOptions {
  readonly json?: true | undefined;
  readonly out?: string | undefined;
  readonly pool?: string | undefined;
}

type Row = { readonly name: string } & Readonly<Record<string, unknown>>;

/** `ls`: names with what tells them apart; with `--json` everything known. */
export async function list(what: string, options: ListOptions): Promise<void> {
  const rows = await rowsOf(what, options);
  if (options.json) {
    print(JSON.stringify(rows, null, 2));
    return;
  }
  const width = Math.max(0, ...rows.map(({ name }) => name.length));
  for (const row of rows) print(`${row.name.padEnd(width)}  ${String(row["summary"])}`.trimEnd());
}

/** Each list loads only what it needs. */
async function rowsOf(what: string, { out, pool }: ListOptions): Promise<readonly Row[]> {
  switch (what as (typeof LISTS)[number]) {
    case "methods": {
      const { METHODS } = await import("../methods.ts");
      return METHODS.map(({ name, kind, summary, reference, needs }) => ({ name, summary, kind, reference, needs }));
    }
    case "estimators": {
      const { ESTIMATORS } = await import("../estimators.ts");
      return ESTIMATORS.map(({ name, summary, provenance, reference }) => ({ name, summary, provenance, reference }));
    }
    case "models": {
      const { listModels } = await import("../models.ts");
      return (await listModels()).map((model) => ({
        ...model,
        summary: `${model.role}, ${model.architecture}${model.planted === null ? "" : ` (planted flaw: ${model.planted})`}`,
      }));
    }
    case "datasets": {
      const { listDatasets } = await import("@touchstone/tasks");
      return (await listDatasets(PLACES.datasets)).map(({ name, description, licence, revision, splits, ...rest }) => {
        const sizes = Object.entries(splits).map(([split, source]) => `${split} ${source?.problems ?? "?"}`);
        const { extractor, grader } = rest;
        return { name, summary: `${description} (${sizes.join(", ")})`, licence, revision, splits, extractor, grader };
      });
    }
    case "suites": {
      const [{ suiteFiles }, { readSuiteFile }] = await Promise.all([
        import("../suites.ts"),
        import("@touchstone/evaluation"),
      ]);
      return Promise.all(
        (await suiteFiles()).map(async ({ name, path }) => {
          const suite = (await readSuiteFile(path)) as { readonly description?: string };
          return { name, summary: suite.description ?? "", path };
        }),
      );
    }
    case "experiments": {
      const { listExperiments } = await import("../trained.ts");
      return (await listExperiments(resolve(out ?? PLACES.experiments))).map((one) => ({ ...one }));
    }
    case "imports": {
      const { listImports, importSummary } = await import("../imports.ts");
      return (await listImports(resolve(pool ?? PLACES.pool))).map((imported) => ({
        ...imported,
        summary: importSummary(imported),
      }));
    }
    case "runs": {
      const { listRuns } = await import("../runs.ts");
      const runs = await listRuns(resolve(out ?? PLACES.reports));
      return runs
        .filter((run) => pool === undefined || run.pool === resolve(pool))
        .map((run) => ({ ...run, summary: `${run.state}, ${run.started}` }));
    }
    default:
      throw new TouchstoneError({
        code: "unknown-list",
        family: "usage",
        what: "There is no such list.",
        value: what,
        fix: `Choose one of: ${LISTS.join(", ")}.`,
      });
  }
}

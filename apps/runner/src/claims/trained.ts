import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { ResultRow, TrainedResults } from "@touchstone/evaluation/claims";
import { tableOf } from "@touchstone/report";
import type { Place } from "./places.ts";

/** How long the experiments of claims take on two cores; docs/laser-training.md and docs/post-training.md say from what. */
const DURATION: Readonly<Record<string, string>> = {
  laser: "4 hours",
  dpo: "an hour",
  "post-training": "5 hours",
};

/** What the experiments that claims name have written below a folder; those that have written nothing are left out. */
export async function trainedResults(
  places: readonly Place[],
  folder: string,
): Promise<ReadonlyMap<string, TrainedResults>> {
  const names = new Set(
    places.flatMap(({ claim: { measure } }) =>
      measure.kind === "trained" ? measure.cases.map(({ experiment }) => experiment) : [],
    ),
  );
  const found = await Promise.all([...names].map(async (name) => [name, await resultsIn(join(folder, name))] as const));
  return new Map(found.flatMap(([name, results]) => (results ? [[name, results] as const] : [])));
}

/** How to get what a claim needs. */
export function howToTrain(experiment: string): string {
  const duration = DURATION[experiment];
  return `run \`./touchstone train ${experiment}\` first${duration === undefined ? "" : ` (about ${duration})`}`;
}

async function resultsIn(folder: string): Promise<TrainedResults | undefined> {
  const files = (await readdir(folder).catch(() => [])).filter((file) => file.endsWith(".csv"));
  if (files.length === 0) return undefined;
  const tables = await Promise.all(
    files.map(async (file): Promise<readonly [string, readonly ResultRow[]]> => {
      const path = join(folder, file);
      return [file, tableOf(path, await readFile(path, "utf8"))];
    }),
  );
  const manifest = await readFile(join(folder, "experiment.json"), "utf8").catch(() => "{}");
  const { smoke = false } = JSON.parse(manifest) as { readonly smoke?: boolean };
  return { smoke, tables: Object.fromEntries(tables) };
}

import { rmdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import {
  notRun,
  tableHash,
  withHolm,
  worksOf,
  type CellChoice,
  type ClaimSetting,
  type Verdict,
} from "@touchstone/evaluation/claims";
import { claimLine, type ClaimRow } from "@touchstone/report";
import { catalogueFor } from "../catalogue.ts";
import { Evidences } from "../claims/evidence.ts";
import { allClaims, chosenClaims } from "../claims/files.ts";
import { gatherCells, gatherRewards, type Gathering } from "../claims/gather.ts";
import { missingFor, placesOf, type Place } from "../claims/places.ts";
import { claimRows } from "../claims/rows.ts";
import { trainedResults } from "../claims/trained.ts";
import { writeClaims } from "../claims/write.ts";
import { print, say, type Context } from "../context.ts";
import { listImports } from "../imports.ts";
import { PLACES } from "../places.ts";
import { NO_PROGRESS, progressOn } from "../progress.ts";
import { createFolder } from "../run-record.ts";
import type { Device } from "../values.ts";

export interface ClaimsOptions {
  readonly quick?: true | undefined;
  readonly limit?: number | undefined;
  readonly device?: Device | undefined;
  readonly pool?: string | undefined;
  readonly out?: string | undefined;
  readonly experiments?: string | undefined;
  readonly dryRun?: true | undefined;
  readonly json?: true | undefined;
  readonly quiet?: true | undefined;
}

/** Problems with `--quick`: enough for two batches of 15. */
const QUICK_PROBLEMS = 32;

/** `claims`: the sentences of the papers, run on the built-in worlds and judged by the rule that was fixed before. */
export async function claims(ids: readonly string[], options: ClaimsOptions, context: Context): Promise<void> {
  const { interruption, argv } = context;
  const { quick = false, limit, dryRun = false, quiet = false, json } = options;
  interruption.again = "Run the same command again: it finds what was drawn in the pool.";
  interruption.enter("loading");
  const started = new Date().toISOString();
  const pool = resolve(options.pool ?? PLACES.pool);
  const out = resolve(options.out ?? PLACES.reports);
  const table = await allClaims();
  const catalogue = await catalogueFor({}, await listImports(pool));
  const places = chosenClaims(ids, table).flatMap((claim) => placesOf(claim));
  const trained = await trainedResults(places, resolve(options.experiments ?? PLACES.experiments));
  const possible = places.filter((place) => missingFor(place, catalogue, trained) === undefined);
  const verdicts = new Map<Place, Verdict>();
  for (const place of places) {
    const reason = missingFor(place, catalogue, trained);
    if (reason !== undefined) verdicts.set(place, notRun(place.claim, place.name, reason));
  }
  const problems = limit ?? (quick ? QUICK_PROBLEMS : undefined);
  const gathering: Gathering = {
    context,
    pool,
    out,
    device: options.device ?? "cpu",
    scale: { ...(problems === undefined ? {} : { problems }), ...(quick ? { tuning: false } : {}) },
    dryRun,
    quiet,
    progress: quiet ? NO_PROGRESS : progressOn(process.stderr),
  };
  const folder = dryRun ? undefined : (await createFolder(out, "claims", started)).folder;
  await using leftovers = new AsyncDisposableStack();
  // Only a folder in which nothing was written goes.
  leftovers.defer(() => (folder === undefined ? undefined : rmdir(folder).catch(() => undefined)));
  const evidences = new Evidences(trained, quick);
  const hash = tableHash(table);
  const rows = (): ClaimRow[] => claimRows(withHolm(places.flatMap((place) => verdicts.get(place) ?? [])), hash);
  const write = (to: string) => writeClaims(to, { rows: rows(), allocation: evidences.allocation, argv, quick });

  const settle = (place: Place, verdict: Verdict): void => {
    verdicts.set(place, verdict);
    if (quiet) return;
    for (const row of claimRows(withHolm([verdict]), hash)) if (row.decides) say(claimLine(row));
  };
  // What experiments wrote needs no run of a setting.
  for (const place of folder === undefined ? [] : possible.filter(({ settings }) => settings.length === 0))
    settle(place, evidences.judge(place));
  for (const setting of settingsOf(possible)) {
    const asked = possible.filter((place) => place.settings.some(({ name }) => name === setting.name));
    if (!quiet) say(`Setting ${setting.name}`);
    const work = worksOf(asked.map(({ claim }) => claim)).find((one) => one.setting.name === setting.name);
    evidences.add(
      setting.name,
      work ? await gatherCells(work, informedBy(asked), gathering) : await gatherRewards(setting, gathering),
    );
    if (folder === undefined) continue;
    for (const place of asked.filter(({ settings }) => evidences.has(settings))) {
      interruption.enter("judging claims");
      settle(place, evidences.judge(place));
    }
    // After every setting: a run that is stopped has what it knew.
    await write(folder);
  }
  if (folder === undefined) {
    for (const row of rows()) print(claimLine(row));
    return;
  }
  const written = await write(folder);
  if (json) {
    print(JSON.stringify({ run: folder, ...written }));
    return;
  }
  rows()
    .filter((row) => row.decides)
    .forEach((row) => print(claimLine(row)));
  print("");
  print(`Claims: ${join(folder, "claims.md")}`);
}

/** What the places read, each once; chains last: what is dearest must not keep the rest waiting. */
function settingsOf(places: readonly Place[]): readonly ClaimSetting[] {
  const settings = new Map(places.flatMap((place) => place.settings.map((setting) => [setting.name, setting])));
  return [...settings.values()].toSorted((a, b) => Number(a.unit === "tokens") - Number(b.unit === "tokens"));
}

/** Cells whose choices among reward models are judged. */
function informedBy(places: readonly Place[]): readonly CellChoice[] {
  return places.flatMap(({ claim: { measure }, cells }) => (measure.kind === "information" ? cells : []));
}

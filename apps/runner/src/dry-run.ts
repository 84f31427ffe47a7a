import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Dataset, LanguageModel, RewardModel } from "@touchstone/core";
import { planRun, type Plan, type Suite } from "@touchstone/evaluation";
import { datasetCache, isManifestPath, isPresent, readManifest } from "@touchstone/tasks";
import { AbsentLanguageModel, AbsentRewardModel, absentDataset } from "./absent.ts";
import type { ModelHub } from "./hub.ts";
import { checkRecorded } from "./imports.ts";
import { hubDownloads, sizesOf, type HubDownload } from "./hub-downloads.ts";
import { load, type Loaded, type LoadOptions } from "./loading.ts";
import { parseModelReference } from "./model-reference.ts";
import { PLACES } from "./places.ts";

/** What of a suite a plan can do without: models of the hub and datasets that were not downloaded. */
export interface Absent {
  readonly models: ReadonlyMap<string, AbsentLanguageModel>;
  readonly rewardModels: ReadonlyMap<string, AbsentRewardModel>;
  readonly datasets: ReadonlyMap<string, Dataset>;
}

/**
 * What a suite would do and cost on a machine that need not have what it names, and what would be downloaded first. Loads what is
 * here, and draws nothing; `onLoaded` gets that.
 */
export async function dryRunPlan(
  options: LoadOptions & { readonly hub: ModelHub },
  onLoaded: (loaded: Loaded) => Promise<void>,
): Promise<{ readonly plan: Plan; readonly downloads: readonly HubDownload[] }> {
  const { suite, interruption, hub } = options;
  const lacking = await hub.lacking(suite);
  const absent = await absentOf(suite, sizesOf(lacking));
  // A judge is not needed to plan: what it costs is in no total.
  const { judge, ...unjudged } = suite;
  const wanted = judge !== undefined && lacking.has(judge) ? unjudged : suite;
  await using loaded = await load({ ...options, suite: presentPart(wanted, absent) });
  await onLoaded(loaded);
  interruption.enter("planning");
  return { plan: await planWithAbsent(loaded, suite, absent), downloads: hubDownloads(lacking) };
}

/**
 * What of a suite is not on this machine. `lacking` are the models of the hub that are not, by the suite's spelling, with their
 * numbers of parameters where the hub has said them.
 */
export async function absentOf(suite: Suite, lacking: ReadonlyMap<string, number | undefined>): Promise<Absent> {
  const models = new Map<string, AbsentLanguageModel>();
  for (const reference of suite.models) {
    if (!lacking.has(reference)) continue;
    models.set(reference, new AbsentLanguageModel(reference, repositoryOf(reference), lacking.get(reference)));
  }
  const rewardModels = new Map<string, AbsentRewardModel>();
  for (const reference of suite.rewardModels) {
    if (!lacking.has(reference)) continue;
    rewardModels.set(reference, new AbsentRewardModel(reference, repositoryOf(reference), lacking.get(reference)));
  }
  const datasets = new Map<string, Dataset>();
  for (const { name, limit } of suite.datasets) {
    const path = isManifestPath(name) ? name : join(PLACES.datasets, `${name}.json`);
    // What was imported has its manifest elsewhere, and is here.
    if (!existsSync(path)) continue;
    const manifest = await readManifest(path);
    const home = manifest.download ? join(datasetCache(PLACES.datasets), manifest.name) : dirname(path);
    if (manifest.download && !isPresent(manifest, home)) datasets.set(name, absentDataset(manifest, limit));
  }
  return { models, rewardModels, datasets };
}

/** The suite without what is absent: what can be loaded. */
export function presentPart(suite: Suite, { models, rewardModels, datasets }: Absent): Suite {
  return {
    ...suite,
    models: suite.models.filter((reference) => !models.has(reference)),
    rewardModels: suite.rewardModels.filter((reference) => !rewardModels.has(reference)),
    datasets: suite.datasets.filter(({ name }) => !datasets.has(name)),
  };
}

/** The plan of the whole suite, from what was loaded of it and what is absent; notes say what was not here. */
export async function planWithAbsent(
  { setting, imports }: Pick<Loaded, "setting" | "imports">,
  suite: Suite,
  absent: Absent,
): Promise<Plan> {
  const plan = await planRun({
    ...setting,
    suite,
    models: new Map<string, LanguageModel>([...setting.models, ...absent.models]),
    rewardModels: new Map<string, RewardModel>([...setting.rewardModels, ...absent.rewardModels]),
    datasets: new Map([...setting.datasets, ...absent.datasets]),
  });
  checkRecorded(plan, imports, setting.methods);
  return { ...plan, notes: [...plan.notes, ...notesOn(absent)] };
}

function notesOn({ models, rewardModels, datasets }: Absent): string[] {
  const all = [...models.values(), ...rewardModels.values()];
  const listed = all.map(({ identity, size, source }) => `${identity.name} (${billions(size.total)}, ${source})`);
  return [
    ...(all.length === 0 ? [] : [`Not on this machine: ${listed.join("; ")}. A token is taken to be four letters.`]),
    ...(all.some(({ size }) => Number.isNaN(size.active)) ? ["FLOPs are not known where a model's size is not."] : []),
    ...(datasets.size === 0
      ? []
      : [
          `Not downloaded: ${[...datasets.keys()].join(", ")}. Problems are as many as the manifest counts, or else the limit, or else 1,000; a prompt is taken to be as long as a record. To have them: ./touchstone datasets pull ${[...datasets.keys()].join(" ")}`,
        ]),
  ];
}

function billions(parameters: number): string {
  return Number.isNaN(parameters) ? "size unknown" : `${(parameters / 1e9).toFixed(2)} billion parameters`;
}

function repositoryOf(reference: string): string {
  const parsed = parseModelReference(reference);
  return parsed.kind === "hub" ? parsed.repository : reference;
}

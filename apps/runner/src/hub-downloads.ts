import type { HubModel } from "@touchstone/inference";
import { bytes } from "./download-progress.ts";

/** What a run would download, for `--dry-run`. */
export interface HubDownload {
  /** `org/name`. */
  readonly name: string;
  /** Null where the hub could not be asked. */
  readonly commit: string | null;
  readonly files: number | null;
  /** Still to be downloaded. */
  readonly bytes: number | null;
  /** Null where the hub has not counted them. */
  readonly parameters: number | null;
}

/** `lacking`: the models by what a suite calls them; undefined where one could not be asked for. */
export function hubDownloads(lacking: ReadonlyMap<string, HubModel | undefined>): HubDownload[] {
  return [...lacking].map(([called, model]) => ({
    name: model?.repository ?? called,
    commit: model?.commit ?? null,
    files: model?.missing.length ?? null,
    bytes: model ? model.missing.reduce((sum, file) => sum + file.bytes, 0) : null,
    parameters: (model && parametersOf(model)) ?? null,
  }));
}

/** Parameters of the models that are lacking; undefined where the hub has not counted them. */
export function sizesOf(lacking: ReadonlyMap<string, HubModel | undefined>): ReadonlyMap<string, number | undefined> {
  return new Map([...lacking].map(([called, model]) => [called, model && parametersOf(model)]));
}

function parametersOf({ parameters }: HubModel): number | undefined {
  return parameters && Object.values(parameters).reduce((sum, count) => sum + count, 0);
}

/** A line for each model, and one for what they come to together. */
export function hubDownloadText(downloads: readonly HubDownload[]): string[] {
  const lines = downloads.map(({ name, commit, files, bytes: amount, parameters }) => {
    if (amount === null) return `To download: ${name}, of a size that is not known`;
    const counted = parameters === null ? "" : `, ${(parameters / 1e6).toFixed(1)} M parameters`;
    return `To download: ${name} at commit ${commit!}, ${files!} files, ${bytes(amount)}${counted}`;
  });
  const known = downloads.flatMap((download) => download.bytes ?? []);
  if (known.length < 2) return lines;
  const least = known.length < downloads.length ? "at least " : "";
  return [...lines, `To download together: ${least}${bytes(known.reduce((sum, one) => sum + one, 0))}`];
}

import type { DatasetManifest } from "../manifest.ts";

/** Where files are fetched from. */
export interface Endpoints {
  /** Stands in for every host: `<mirror>/<host>/<path>`. */
  readonly mirror?: string | undefined;
  /** Of the hub; `HF_ENDPOINT`, or https://huggingface.co. */
  readonly hub?: string | undefined;
}

const GITHUB = "https://raw.githubusercontent.com";
const HUB = "https://huggingface.co";

/** Address of a file of a dataset at a revision. Pure. */
export function fileAddress(manifest: DatasetManifest, revision: string, path: string, endpoints: Endpoints): URL {
  const { download } = manifest;
  if (!download) throw new RangeError(`${manifest.name} is not downloaded`);
  const parts = path.split("/").map(encodeURIComponent).join("/");
  if ("github" in download) return mirrored(`${GITHUB}/${download.github}/${revision}/${parts}`, endpoints);
  if ("url" in download) return mirrored(`${download.url.replace(/\/$/, "")}/${parts}`, endpoints);
  const at = encodeURIComponent(revision);
  return mirrored(`${hubOf(endpoints)}/datasets/${download.hub}/resolve/${at}/${parts}`, endpoints);
}

/** Where the hub says which commit a branch of a dataset is at; undefined for other sources. Pure. */
export function revisionAddress(manifest: DatasetManifest, endpoints: Endpoints): URL | undefined {
  const { download, revision } = manifest;
  if (!download || !("hub" in download)) return undefined;
  const address = `${hubOf(endpoints)}/api/datasets/${download.hub}/revision/${encodeURIComponent(revision)}`;
  return mirrored(address, endpoints);
}

function hubOf({ hub }: Endpoints): string {
  return (hub ?? HUB).replace(/\/$/, "");
}

function mirrored(address: string, { mirror }: Endpoints): URL {
  const url = new URL(address);
  return mirror === undefined ? url : new URL(`${mirror.replace(/\/$/, "")}/${url.host}${url.pathname}`);
}

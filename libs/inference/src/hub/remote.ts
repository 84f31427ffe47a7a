import { z } from "zod";
import { type Called, malformed, reasonOf } from "./errors.ts";
import { ask, type Asking, Passing, persistently } from "./request.ts";
import type { HubSettings } from "./settings.ts";

/** A file of a repository at one commit. */
export interface RemoteFile {
  readonly path: string;
  readonly bytes: number;
  /** sha256 of a large file, git's sha1 of a small one (hex); also its name in the cache. */
  readonly checksum: string;
}

/** A repository at one commit. */
export interface RemoteModel {
  readonly commit: string;
  readonly files: readonly RemoteFile[];
  /** Parameters by type of number (`BF16`), where the hub has counted them. */
  readonly parameters: Readonly<Record<string, number>> | undefined;
}

const hex = (digits: number) => z.string().regex(new RegExp(`^[0-9a-f]{${digits}}$`));
const answer = z.object({
  sha: hex(40),
  siblings: z.array(
    z.object({
      rfilename: z.string(),
      size: z.number().optional(),
      blobId: hex(40).optional(),
      lfs: z.object({ sha256: hex(64), size: z.number() }).nullish(),
    }),
  ),
  safetensors: z
    .object({ parameters: z.record(z.string(), z.number()) })
    .nullish()
    .catch(undefined),
});

/** What a branch, tag or commit is now. One request, and one more for each wanted file that a mirror says nothing of. */
export async function lookUp(asking: Asking, wanted: (path: string) => boolean): Promise<RemoteModel> {
  const { settings, model } = asking;
  const url = `${settings.endpoint}/api/models/${model.repository}/revision/${encodeURIComponent(model.revision)}?blobs=true`;
  const body = await persistently(asking, () =>
    ask(asking, url, { headers: { accept: "application/json" } }, async ({ response }) => {
      const text = await response.text();
      // A connection that is cut within its announced length fails above; a proxy's half page may not.
      try {
        return JSON.parse(text) as unknown;
      } catch (cause) {
        throw new Passing(malformed(url, reasonOf(cause), cause));
      }
    }),
  );
  const parsed = answer.safeParse(body);
  if (!parsed.success) {
    const { path, message } = parsed.error.issues[0]!;
    throw malformed(url, `${path.join(".")}: ${message}`, parsed.error);
  }
  const { sha: commit, siblings, safetensors } = parsed.data;
  const files: RemoteFile[] = [];
  for (const { rfilename: path, size, blobId, lfs } of siblings) {
    if (!wanted(path)) continue;
    const checksum = lfs?.sha256 ?? blobId;
    const bytes = lfs?.size ?? size;
    if (checksum !== undefined && bytes !== undefined) files.push({ path, bytes, checksum });
    else files.push(await lookUpFile({ ...asking, phase: `asking for ${path}` }, commit, path));
  }
  return { commit, files, parameters: safetensors?.parameters };
}

/** Where a file of a commit is fetched from. */
export function fileUrl(settings: HubSettings, { repository }: Called, commit: string, path: string): string {
  return `${settings.endpoint}/${repository}/resolve/${commit}/${path.split("/").map(encodeURIComponent).join("/")}`;
}

/** Size and checksum by the headers with which the hub sends on to where a file lies. */
async function lookUpFile(asking: Asking, commit: string, path: string): Promise<RemoteFile> {
  const { settings, model } = asking;
  const first = fileUrl(settings, model, commit, path);
  const once = async (url: string): Promise<RemoteFile> => {
    const headers = await ask(
      asking,
      url,
      { method: "HEAD", redirect: "manual" },
      async ({ response }) => response.headers,
    );
    const location = headers.get("location");
    const announced = headers.get("x-linked-etag");
    // Within the hub the way goes on; at its edge the headers of the first answer count, not those of the other server.
    if (announced === null && location?.startsWith("/")) return once(new URL(location, url).href);
    const checksum = /^(?:W\/)?"?(?<hash>[0-9a-f]{40}|[0-9a-f]{64})"?$/.exec(announced ?? headers.get("etag") ?? "")
      ?.groups?.["hash"];
    const bytes = Number(headers.get("x-linked-size") ?? headers.get("content-length") ?? Number.NaN);
    if (checksum === undefined || !Number.isSafeInteger(bytes)) throw malformed(url, "neither checksum nor size");
    return { path, bytes, checksum };
  };
  return persistently(asking, () => once(first));
}

/** A small file of a commit, read and not kept. */
export async function readRemote(asking: Asking, commit: string, { path }: RemoteFile): Promise<string> {
  const url = fileUrl(asking.settings, asking.model, commit, path);
  return persistently(asking, () => ask(asking, url, {}, ({ response }) => response.text()));
}

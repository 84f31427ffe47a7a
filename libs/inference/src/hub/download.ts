import { open, rename, rm, stat } from "node:fs/promises";
import { checksumOf } from "./checksum.ts";
import { malformed, mismatch, storage } from "./errors.ts";
import { fileUrl, type RemoteFile } from "./remote.ts";
import { ask, type Asking, Passing, persistently } from "./request.ts";
import { TouchstoneError } from "@touchstone/core";

/** Beside a blob while it is being downloaded. Other tools have names of their own, so that they do not write into ours. */
export const PARTIAL = ".touchstone-incomplete";

/**
 * Downloads a file to where its blob belongs, going on from what an earlier try has left, and holds it against the hub's checksum. The
 * blob appears whole or not at all. `onBytes` gets how much more, or after a fresh start how much less, of the file there is.
 * @throws TouchstoneError `checksum-mismatch` after two tries, those of the network and of the disk
 */
export async function downloadBlob(
  asking: Asking,
  commit: string,
  file: RemoteFile,
  blob: string,
  onBytes: (more: number) => void,
): Promise<void> {
  const partial = blob + PARTIAL;
  for (const last of [false, true]) {
    await fetchWhole(asking, commit, file, partial, onBytes);
    const received = await checksumOf(partial, file.checksum);
    if (received === file.checksum) {
      await rename(partial, blob);
      return;
    }
    await rm(partial, { force: true });
    onBytes(-file.bytes);
    if (last) throw mismatch(file.path, file.checksum, received);
  }
}

async function fetchWhole(
  asking: Asking,
  commit: string,
  file: RemoteFile,
  partial: string,
  onBytes: (more: number) => void,
): Promise<void> {
  const url = fileUrl(asking.settings, asking.model, commit, file.path);
  let counted = 0;
  let before = 0;
  const count = (now: number) => {
    if (now !== counted) onBytes(now - counted);
    counted = now;
  };
  await persistently(
    asking,
    async () => {
      let have = (await stat(partial).catch(() => undefined))?.size ?? 0;
      if (have > file.bytes) have = await emptied(partial);
      count(have);
      before = have;
      if (have === file.bytes && (have > 0 || (await emptied(partial)) === 0)) return;
      const headers: Record<string, string> = have > 0 ? { range: `bytes=${have}-` } : {};
      // Compressed on the way, a part of a file would not be a part of it.
      headers["accept-encoding"] = "identity";
      await ask(asking, url, { headers }, async ({ response, alive }) => {
        const start = startOf(response, have, url);
        await append(response, partial, start, file.bytes, (bytes) => {
          alive();
          count(bytes);
        });
      });
      if (counted !== file.bytes) throw new Passing(malformed(url, `${counted} of ${file.bytes} bytes`));
    },
    () => counted > before,
  );
}

/** Where in the file the answer's first byte belongs: a server that knows no ranges begins anew. */
function startOf({ status, headers }: Response, have: number, url: string): number {
  if (status === 200) return 0;
  const from = /^bytes (?<from>\d+)-/.exec(headers.get("content-range") ?? "")?.groups?.["from"];
  if (status === 206 && Number(from) === have) return have;
  throw malformed(url, `status ${status}, ${headers.get("content-range") ?? "no range"}`);
}

async function append(
  { body }: Response,
  partial: string,
  start: number,
  bytes: number,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const out = await open(partial, "a").catch((cause: unknown) => {
    throw storage(cause, partial);
  });
  try {
    await out.truncate(start);
    let written = start;
    for await (const chunk of body ?? []) {
      // More than was announced is not this file: its checksum will say so, and the disk is spared.
      if (written + chunk.length > bytes) break;
      await out.appendFile(chunk).catch((cause: unknown) => {
        throw storage(cause, partial);
      });
      written += chunk.length;
      onBytes(written);
    }
  } finally {
    await out.close();
  }
}

async function emptied(partial: string): Promise<number> {
  const file = await open(partial, "w").catch((cause: unknown) => {
    const said = storage(cause, partial);
    throw said instanceof TouchstoneError ? said : cause;
  });
  await file.close();
  return 0;
}

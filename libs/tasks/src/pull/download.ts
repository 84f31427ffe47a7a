import { createWriteStream } from "node:fs";
import { mkdir, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream } from "node:stream/web";
import { interrupted, TouchstoneError } from "@touchstone/core";
import pRetry, { AbortError } from "p-retry";
import { fileDigest } from "../dataset.ts";
import { accessDenied, changedFile, gone, storageFault, unreachable } from "./pull-errors.ts";

export interface DownloadOptions {
  readonly signal?: AbortSignal | undefined;
  /** Sent as a bearer token to the host of the address and to no other. */
  readonly token?: string | undefined;
  /** Bytes so far and in all; NaN where the server does not say. */
  readonly onProgress?: ((bytes: number, total: number) => void) | undefined;
  /** Tries after the first, each from where the last one was cut. */
  readonly retries?: number | undefined;
  /** Milliseconds before the second try; doubled with every further one. */
  readonly wait?: number | undefined;
}

/** A file to fetch, and what it must be. */
export interface Wanted {
  readonly dataset: string;
  readonly address: URL;
  /** Where it shall lie. */
  readonly path: string;
  /** Hex; undefined where nobody knows yet. */
  readonly sha256: string | undefined;
}

/** Answers after which another try may help. */
const TRANSIENT = new Set([408, 425, 429, 500, 502, 503, 504]);

/**
 * Fetches a file and returns its sha256. What has come lies in `<path>.part`, and a later call goes on from there. The file appears
 * whole and checked, or not at all. Throws `source-unreachable`, `dataset-revision-unknown`, `dataset-gated`, `checksum-mismatch`,
 * `disk-full`, `unwritable-folder` or `interrupted`.
 */
export async function download(wanted: Wanted, options: DownloadOptions = {}): Promise<string> {
  const part = `${wanted.path}.part`;
  try {
    await mkdir(dirname(wanted.path), { recursive: true });
    await pRetry(() => fetchRest(wanted, part, options).catch(asError), {
      retries: options.retries ?? 4,
      minTimeout: options.wait ?? 500,
      // Not retried: a mistake that a user must mend, and a user who wants to stop.
      shouldRetry: ({ error }) => !(error instanceof TouchstoneError) && storageFault(error, part) === undefined,
      ...(options.signal ? { signal: options.signal } : {}),
    });
    const found = await fileDigest(part);
    if (wanted.sha256 !== undefined && found !== wanted.sha256) {
      await rm(part);
      throw changedFile(wanted, found);
    }
    await rename(part, wanted.path);
    return found;
  } catch (cause) {
    if (options.signal?.aborted) throw interrupted("the download", "Type the same command again to continue.");
    if (cause instanceof TouchstoneError) throw cause;
    throw storageFault(cause, part) ?? unreachable(wanted, await sizeOfPart(part), cause);
  }
}

/** One request for what is missing of the file. */
async function fetchRest(wanted: Wanted, part: string, { signal, token, onProgress }: DownloadOptions): Promise<void> {
  const from = await sizeOfPart(part);
  const response = await fetch(wanted.address, {
    headers: {
      // A packed body would make places in it mean nothing.
      "accept-encoding": "identity",
      ...(from > 0 ? { range: `bytes=${from}-` } : {}),
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    },
    ...(signal ? { signal } : {}),
  });
  const { status, body, headers } = response;
  if (status === 416) {
    await body?.cancel();
    // All of it had come; or what had come was of another file, and the checksum will say so.
    const total = Number(/\/(\d+)$/.exec(headers.get("content-range") ?? "")?.[1]);
    if (total === from) return;
    await rm(part, { force: true });
    throw new Error(`the server has ${total} bytes, not ${from}`);
  }
  if (!response.ok || !body) {
    await body?.cancel();
    if (status === 401 || status === 403) throw accessDenied(wanted, status);
    if (status === 404 || status === 410) throw gone(wanted, status);
    const error = new Error(`HTTP ${status} ${response.statusText}`);
    throw TRANSIENT.has(status) ? error : new AbortError(error);
  }
  const start = status === 206 ? from : 0;
  const length = Number(headers.get("content-length") ?? Number.NaN);
  const total = start + length;
  let done = start;
  onProgress?.(done, total);
  const counted = Readable.fromWeb(body as ReadableStream).on("data", (chunk: Buffer) => {
    done += chunk.length;
    onProgress?.(done, total);
  });
  await pipeline(counted, createWriteStream(part, { flags: start > 0 ? "a" : "w" }));
  if (done < total) throw new Error(`cut at ${done} of ${total} bytes`);
  if (!Number.isNaN(total) && (await sizeOfPart(part)) !== total) {
    // Another process has written to it.
    await rm(part, { force: true });
    throw new Error(`more than the ${total} bytes of the file have come`);
  }
}

/** The library takes a TypeError for a bug unless it knows its words; `fetch` throws one for every failure of the network. */
function asError(error: unknown): never {
  throw error instanceof TypeError ? new Error(error.message, { cause: error.cause }) : error;
}

async function sizeOfPart(part: string): Promise<number> {
  return (await stat(part).catch(() => undefined))?.size ?? 0;
}

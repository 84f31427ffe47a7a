import { setTimeout as sleep } from "node:timers/promises";
import { interrupted, TouchstoneError, throwIfInterrupted } from "@touchstone/core";
import pRetry, { AbortError } from "p-retry";
import {
  badToken,
  failed,
  gated,
  malformed,
  rateLimited,
  reasonOf,
  stalled,
  unknownModel,
  unknownRevision,
  unreachable,
} from "./errors.ts";
import type { Called } from "./errors.ts";
import type { HubSettings } from "./settings.ts";

const RETRIES = 4;
const BACKOFF_SECONDS = 0.3;
const STALL_SECONDS = 30;
/** A hub that asks for a longer pause is not waited for. */
const LONGEST_PAUSE_SECONDS = 120;

export interface Asking {
  readonly settings: HubSettings;
  /** For messages. */
  readonly model: Called;
  /** `asking for the model`, `downloading model.safetensors`. */
  readonly phase: string;
  readonly signal?: AbortSignal | undefined;
}

/** An answer whose body is being read; every byte that arrives puts off the time at which the connection counts as cut. */
export interface Answer {
  readonly response: Response;
  readonly alive: () => void;
}

/** A failure that may pass, with what is said where it does not. */
export class Passing extends Error {
  readonly shown: TouchstoneError;
  readonly pause: number;

  constructor(shown: TouchstoneError, pause = 0) {
    super(shown.message, { cause: shown });
    this.shown = shown;
    this.pause = pause;
  }
}

/**
 * Does `once`, and again after failures that may pass, with growing pauses, or the hub's own. `progressed` says whether the last try
 * came further than the one before: a long download over a bad line may be cut as often as it gets on.
 */
export async function persistently<T>(
  { settings, phase, signal }: Asking,
  once: () => Promise<T>,
  progressed: () => boolean = () => false,
): Promise<T> {
  const { retries = RETRIES, backoffSeconds = BACKOFF_SECONDS } = settings;
  try {
    return await pRetry(
      async () => {
        try {
          return await once();
        } catch (error) {
          if (error instanceof Passing) throw error;
          throw new AbortError(error instanceof Error ? error : String(error));
        }
      },
      {
        retries,
        minTimeout: backoffSeconds * 1000,
        randomize: true,
        ...(signal ? { signal } : {}),
        shouldConsumeRetry: () => !progressed(),
        onFailedAttempt: async ({ error, retriesLeft }) => {
          const pause = error instanceof Passing && retriesLeft > 0 ? error.pause : 0;
          if (pause > 0) await sleep(pause * 1000, undefined, signal ? { signal } : {});
        },
      },
    );
  } catch (error) {
    throwIfInterrupted(signal, phase);
    throw error instanceof Passing ? error.shown : error;
  }
}

/** One try. @throws Passing, or a TouchstoneError for what will not pass */
export async function ask<T>(
  asking: Asking,
  url: string,
  init: { readonly method?: string; readonly redirect?: "manual"; readonly headers?: Readonly<Record<string, string>> },
  read: (answer: Answer) => Promise<T>,
): Promise<T> {
  const { settings, phase, signal } = asking;
  const { stallSeconds = STALL_SECONDS } = settings;
  const cut = new AbortController();
  const timer = setTimeout(() => cut.abort(), stallSeconds * 1000);
  const signals = signal ? AbortSignal.any([signal, cut.signal]) : cut.signal;
  // Only the endpoint sees the token: `fetch` drops it where it is sent on to another origin.
  const token = settings.token && url.startsWith(`${settings.endpoint}/`) ? settings.token.value : undefined;
  const headers = {
    "user-agent": "touchstone",
    ...init.headers,
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
  try {
    const response = await fetch(url, { ...init, headers, signal: signals });
    timer.refresh();
    if (response.status >= 400) throw await refusal(asking, response);
    return await read({ response, alive: () => timer.refresh() });
  } catch (error) {
    if (signal?.aborted) throw interrupted(phase);
    if (cut.signal.aborted) throw new Passing(stalled(settings, phase, stallSeconds));
    if (error instanceof TouchstoneError || error instanceof Passing) throw error;
    if (isLocal(error)) throw error;
    throw new Passing(unreachable(settings, phase, error));
  } finally {
    clearTimeout(timer);
  }
}

/** What a status of 400 or more means, by the headers that the hub explains itself with. */
async function refusal({ settings, model, phase }: Asking, response: Response): Promise<Error> {
  const { status, headers } = response;
  const code = headers.get("x-error-code") ?? "";
  const said = headers.get("x-error-message") ?? "";
  await response.body?.cancel().catch(() => undefined);
  if (status === 429) {
    const pause = Number(headers.get("retry-after") ?? 0);
    const shown = rateLimited(settings, phase);
    return pause > LONGEST_PAUSE_SECONDS ? shown : new Passing(shown, Number.isFinite(pause) ? pause : 0);
  }
  if (status === 408 || status >= 500) return new Passing(failed(settings, phase, status, said));
  if (code === "GatedRepo") return gated(settings, model);
  if (code === "EntryNotFound") return malformed(response.url, "a file that it lists is not there");
  if (code === "RevisionNotFound") return unknownRevision(settings, model);
  if (/invalid (credentials|username or password)/i.test(said)) return badToken(settings);
  // Without a token the hub says 401 of a model that does not exist, to keep private ones private.
  if (code === "RepoNotFound" || status === 401 || status === 404) return unknownModel(settings, model);
  if (status === 403) return gated(settings, model);
  return failed(settings, phase, status, said);
}

/** Errors of the disk must not pass for errors of the network. */
function isLocal(error: unknown): boolean {
  return /^(ENOSPC|EDQUOT|EACCES|EPERM|EROFS|EIO|EMFILE|ENOENT)$/.test(reasonOf(error));
}

import { setTimeout as sleep } from "node:timers/promises";
import { interrupted, type TouchstoneError } from "@touchstone/core";
import PQueue from "p-queue";
import pRetry, { AbortError } from "p-retry";
import { Agent, request } from "undici";
import type { ZodType } from "zod";
import { saidIn, secondsOf } from "./answer-text.ts";
import {
  cutOff,
  malformed,
  rateLimited,
  refused,
  serverFailed,
  timedOut,
  unauthorized,
  unreachable,
  type Asked,
} from "./server-errors.ts";
import { rootOf, setting } from "./server-settings.ts";
import { SharedClock } from "./shared-clock.ts";

export interface ServerOptions {
  /** Sent as a bearer token; by default TOUCHSTONE_API_KEY, else OPENAI_API_KEY of the environment. Never written anywhere. */
  readonly apiKey?: string | undefined;
  /** Requests under way at once. Default: TOUCHSTONE_SERVER_CONCURRENCY of the environment, or 32. */
  readonly concurrency?: number;
  /** Requests that begin in a minute. Default: TOUCHSTONE_SERVER_RPM, or no limit. */
  readonly requestsPerMinute?: number;
  /** Seconds that one try may take. Default: TOUCHSTONE_SERVER_TIMEOUT, or 600. */
  readonly timeoutSeconds?: number;
  /** Times that a request is tried again after a failure that may pass. Default: TOUCHSTONE_SERVER_RETRIES, or 6. */
  readonly retries?: number;
  /** Seconds before the first of them, doubled every time; up to as much again at random. Default 0.5. */
  readonly backoffSeconds?: number;
}

export interface AskOptions {
  /** Stops waiting, and the request itself. */
  readonly signal?: AbortSignal | undefined;
  /** Nothing is tried again, and nothing that waits is begun, once this has fired; what is under way goes on. */
  readonly halt?: AbortSignal | undefined;
  /** 0: the answer is taken as it comes. Default: the client's. */
  readonly retries?: number;
  /**
   * Called with the seconds that an answer took, those in which others were under way shared out among all: over all requests they
   * add up to the time in which the server was at work for us.
   */
  readonly onSeconds?: (seconds: number) => void;
}

/** A server that asks for a longer pause than this has run out of quota. */
const LONGEST_PAUSE_SECONDS = 900;

/** A failure of one try: what is said where it is the last one, and whether another may help. */
class FailedTry extends Error {
  readonly shown: (attempts: number) => TouchstoneError;
  readonly again: boolean;
  /** Seconds that the server asks to wait. */
  readonly pause: number | undefined;

  constructor(shown: (attempts: number) => TouchstoneError, again: boolean, pause?: number) {
    super("a request failed");
    this.shown = shown;
    this.again = again;
    this.pause = pause;
  }
}

/**
 * JSON over HTTP to one server: so many requests at once and a minute, each with a limit of time, and tried again with growing pauses
 * where a failure may pass (no connection, a broken one, an unreadable answer, status 408, 425, 429 and from 500 on). `Retry-After` is
 * honoured, for all requests. Answers are checked by a schema.
 */
export class ServerClient implements AsyncDisposable {
  /** Without `/v1` and without a slash at its end. */
  readonly url: string;
  readonly #settings: Required<Omit<ServerOptions, "apiKey">> & { readonly apiKey: string | undefined };
  readonly #agent: Agent;
  readonly #queue: PQueue;
  /** No request begins before this time (performance.now). */
  #notBefore = 0;
  readonly #clock = new SharedClock();

  /** @throws TouchstoneError `bad-server-address` */
  constructor(address: string, options: ServerOptions = {}) {
    this.url = rootOf(address);
    const { env } = process;
    this.#settings = {
      apiKey: options.apiKey ?? (env["TOUCHSTONE_API_KEY"] || env["OPENAI_API_KEY"] || undefined),
      concurrency: options.concurrency ?? setting("TOUCHSTONE_SERVER_CONCURRENCY", 32, 1),
      requestsPerMinute: options.requestsPerMinute ?? setting("TOUCHSTONE_SERVER_RPM", Number.POSITIVE_INFINITY, 1),
      timeoutSeconds: options.timeoutSeconds ?? setting("TOUCHSTONE_SERVER_TIMEOUT", 600, 0.001),
      retries: options.retries ?? setting("TOUCHSTONE_SERVER_RETRIES", 6, 0),
      backoffSeconds: options.backoffSeconds ?? 0.5,
    };
    const { concurrency, requestsPerMinute } = this.#settings;
    // A long answer is no broken one: our own limit of time holds, not the transport's five minutes.
    this.#agent = new Agent({ headersTimeout: 0, bodyTimeout: 0 });
    this.#queue = new PQueue({
      concurrency,
      ...(Number.isFinite(requestsPerMinute) ? { interval: 60_000, intervalCap: requestsPerMinute } : {}),
    });
  }

  get concurrency(): number {
    return this.#settings.concurrency;
  }

  get<T>(path: string, schema: ZodType<T>, options: AskOptions = {}): Promise<T> {
    return this.#ask("GET", path, undefined, schema, options);
  }

  post<T>(path: string, body: unknown, schema: ZodType<T>, options: AskOptions = {}): Promise<T> {
    return this.#ask("POST", path, body, schema, options);
  }

  async #ask<T>(
    method: "GET" | "POST",
    path: string,
    body: unknown,
    schema: ZodType<T>,
    { signal, halt, retries = this.#settings.retries, onSeconds }: AskOptions,
  ): Promise<T> {
    const what = `${method} ${this.url}${path}`;
    const either = AbortSignal.any([signal, halt].filter((one) => one !== undefined));
    const attempt = async (): Promise<T> => {
      await this.#pause(either);
      const share = this.#clock.begin();
      try {
        const answer = await this.#once(method, path, body, schema, what, signal);
        onSeconds?.(share());
        return answer;
      } catch (error) {
        if (!(error instanceof FailedTry)) throw new AbortError(error instanceof Error ? error : String(error));
        if (error.pause !== undefined)
          this.#notBefore = Math.max(this.#notBefore, performance.now() + error.pause * 1000);
        throw error;
      } finally {
        share();
      }
    };
    let tries = 0;
    try {
      return await this.#queue.add(
        () =>
          pRetry(
            (number) => {
              tries = number;
              return attempt();
            },
            {
              retries,
              minTimeout: this.#settings.backoffSeconds * 1000,
              maxTimeout: 60_000,
              randomize: true,
              shouldRetry: ({ error }) => error instanceof FailedTry && error.again && !halt?.aborted,
              ...(signal ? { signal } : {}),
            },
          ),
        signal ? { signal } : {},
      );
    } catch (error) {
      if (signal?.aborted) throw interrupted(`waiting for ${this.url}`);
      throw error instanceof FailedTry ? error.shown(tries) : error;
    }
  }

  /** Waits where the server has asked to be left alone. */
  async #pause(signal: AbortSignal): Promise<void> {
    for (let wait = this.#notBefore - performance.now(); wait > 0; wait = this.#notBefore - performance.now()) {
      await sleep(wait, undefined, { signal });
    }
    signal.throwIfAborted();
  }

  async #once<T>(
    method: "GET" | "POST",
    path: string,
    body: unknown,
    schema: ZodType<T>,
    what: string,
    signal: AbortSignal | undefined,
  ): Promise<T> {
    const { apiKey, timeoutSeconds } = this.#settings;
    const limit = AbortSignal.timeout(timeoutSeconds * 1000);
    const failed = (error: (asked: Asked) => TouchstoneError, again: boolean, pause?: number) =>
      new FailedTry((attempts) => error({ what, attempts }), again, pause);
    let status = 0;
    let text: string;
    let retryAfter: unknown;
    try {
      const response = await request(this.url + path, {
        method,
        headers: {
          accept: "application/json",
          ...(apiKey === undefined ? {} : { authorization: `Bearer ${apiKey}` }),
          ...(body === undefined ? {} : { "content-type": "application/json" }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        dispatcher: this.#agent,
        signal: signal ? AbortSignal.any([signal, limit]) : limit,
      });
      status = response.statusCode;
      retryAfter = response.headers["retry-after"];
      text = await response.body.text();
    } catch (cause) {
      if (signal?.aborted) throw cause;
      if (limit.aborted) throw failed((asked) => timedOut(asked, timeoutSeconds), true);
      const begun = status !== 0 || (cause as NodeJS.ErrnoException).code === "UND_ERR_SOCKET";
      throw failed((asked) => (begun ? cutOff(asked, cause) : unreachable(asked, cause)), true);
    }
    if (status >= 200 && status < 300) return read(text, schema, failed);
    const pause = secondsOf(retryAfter);
    if (status === 401 || status === 403) {
      throw failed((asked) => unauthorized(asked, status, apiKey !== undefined), false);
    }
    if (status === 429) {
      const bearable = pause === undefined || pause <= LONGEST_PAUSE_SECONDS;
      throw failed((asked) => rateLimited(asked, pause), bearable, bearable ? pause : undefined);
    }
    const passes = status >= 500 || status === 408 || status === 425;
    const said = saidIn(text);
    if (passes) {
      const bearable = pause !== undefined && pause <= LONGEST_PAUSE_SECONDS;
      // Not implemented does not pass.
      throw failed((asked) => serverFailed(asked, status, said), status !== 501, bearable ? pause : undefined);
    }
    throw failed((asked) => refused(asked, status, said), false);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#queue.clear();
    await this.#agent.destroy();
  }
}

function read<T>(
  text: string,
  schema: ZodType<T>,
  failed: (error: (asked: Asked) => TouchstoneError, again: boolean) => FailedTry,
): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw failed((asked) => malformed(asked, `no JSON (${(error as Error).message})`, text), true);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const why = `\`${issue?.path.join(".") ?? ""}\` ${issue?.message ?? "is not as expected"}`;
  throw failed((asked) => malformed(asked, why, text), true);
}

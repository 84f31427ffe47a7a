import { TouchstoneError } from "@touchstone/core";

/** Where something was asked, as a message shows it: an address without what could be a secret. */
export interface Asked {
  /** `POST http://localhost:8000/v1/completions`. */
  readonly what: string;
  /** How often it was tried. */
  readonly attempts: number;
}

const KEPT = "Everything that arrived before is kept; run the same command again to continue.";

export function unreachable({ what }: Asked, cause: unknown): TouchstoneError {
  return new TouchstoneError({
    code: "server-unreachable",
    family: "engine",
    what: `The server could not be reached (${reasonOf(cause)}).`,
    value: what,
    fix: `Start it, or correct the address; \`./touchstone doctor --backend <url>\` says what answers there. ${KEPT}`,
    cause,
  });
}

export function timedOut({ what, attempts }: Asked, seconds: number): TouchstoneError {
  return new TouchstoneError({
    code: "server-timeout",
    family: "engine",
    what: `The server gave no whole answer within ${seconds} s${tried(attempts)}.`,
    value: what,
    fix: `Allow more time (TOUCHSTONE_SERVER_TIMEOUT, in seconds) or ask for fewer at once (TOUCHSTONE_SERVER_CONCURRENCY). ${KEPT}`,
  });
}

export function cutOff({ what, attempts }: Asked, cause: unknown): TouchstoneError {
  return new TouchstoneError({
    code: "server-connection-cut",
    family: "engine",
    what: `The connection broke before the answer was complete${tried(attempts)} (${reasonOf(cause)}).`,
    value: what,
    fix: `See the server's log; a proxy between may have a limit of its own. ${KEPT}`,
    cause,
  });
}

export function rateLimited({ what, attempts }: Asked, waitSeconds: number | undefined): TouchstoneError {
  const asks = waitSeconds === undefined ? "" : `, and asks to wait ${Math.ceil(waitSeconds)} s`;
  return new TouchstoneError({
    code: "server-rate-limited",
    family: "engine",
    what: `The server refuses more requests for now${tried(attempts)}${asks}.`,
    value: what,
    fix: `Ask more slowly (TOUCHSTONE_SERVER_RPM, requests a minute; TOUCHSTONE_SERVER_CONCURRENCY). ${KEPT}`,
  });
}

export function serverFailed({ what, attempts }: Asked, status: number, said: string): TouchstoneError {
  return new TouchstoneError({
    code: "server-failed",
    family: "engine",
    what: `The server failed with status ${status}${tried(attempts)}${quoted(said)}.`,
    value: what,
    fix: `See the server's log. ${KEPT}`,
  });
}

export function refused({ what }: Asked, status: number, said: string): TouchstoneError {
  return new TouchstoneError({
    code: "server-refused",
    family: "input",
    what: `The server refuses this request with status ${status}${quoted(said)}.`,
    value: what,
    fix: "`./touchstone doctor --backend <url>` says what this server can do.",
  });
}

export function unauthorized({ what }: Asked, status: number, withKey: boolean): TouchstoneError {
  return new TouchstoneError({
    code: "server-unauthorized",
    family: "usage",
    what: `The server refuses ${withKey ? "the API key" : "requests without an API key"} (status ${status}).`,
    value: what,
    fix: "Set TOUCHSTONE_API_KEY (or OPENAI_API_KEY) to a key that this server knows.",
  });
}

export function malformed({ what, attempts }: Asked, why: string, text: string): TouchstoneError {
  return new TouchstoneError({
    code: "server-malformed-answer",
    family: "engine",
    what: `The server's answer cannot be read${tried(attempts)}: ${why}${quoted(text)}.`,
    value: what,
    fix: `Is this the address of an OpenAI-compatible server? See its log. ${KEPT}`,
  });
}

export function unknownServedModel(model: string, served: readonly string[], url: string): TouchstoneError {
  return new TouchstoneError({
    code: "unknown-served-model",
    family: "usage",
    what: `The server at ${url} serves no model of this name.`,
    value: model,
    fix: served.length === 0 ? "It lists none." : `It serves: ${served.join(", ")}.`,
  });
}

export function otherModel(asked: string, answered: string, url: string): TouchstoneError {
  return new TouchstoneError({
    code: "server-other-model",
    family: "input",
    what: `The server at ${url} was asked for ${asked}, and says that another model answered.`,
    value: answered,
    fix: `Name the model that answers, or see why the server takes another one. ${KEPT}`,
  });
}

export function fewerChoices(asked: number, url: string): TouchstoneError {
  return new TouchstoneError({
    code: "server-fewer-choices",
    family: "engine",
    what: `The server at ${url} was asked for ${asked} more ${asked === 1 ? "response" : "responses"} and gave none.`,
    value: asked,
    fix: `See the server's log. ${KEPT}`,
  });
}

/** What a served model cannot do; `capability` as `doctor` names it. */
export function missingCapability(model: string, capability: string, wanted: string, fix: string): TouchstoneError {
  return new TouchstoneError({
    code: "missing-capability",
    family: "usage",
    what: `${model} cannot be asked for ${wanted}: its server lacks ${capability}.`,
    value: capability,
    fix,
  });
}

function tried(attempts: number): string {
  return attempts > 1 ? `, tried ${attempts} times` : "";
}

function quoted(said: string): string {
  const line = said.trim().replaceAll(/\s+/g, " ");
  if (line === "") return "";
  return ` ("${line.length > 200 ? `${line.slice(0, 200)}…` : line}")`;
}

function reasonOf(cause: unknown): string {
  if (!(cause instanceof Error)) return "unknown reason";
  const { code } = cause as NodeJS.ErrnoException;
  // Several addresses of one host: Node says nothing but the code.
  return cause.message === "" ? (code ?? cause.name) : cause.message;
}

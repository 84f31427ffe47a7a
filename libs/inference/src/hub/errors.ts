import { TouchstoneError, type ErrorDetails } from "@touchstone/core";
import type { HubSettings } from "./settings.ts";

const KEPT = "What was downloaded is kept: the same command continues there.";

/** A model of the hub as messages call it: `org/name@revision`. */
export interface Called {
  readonly repository: string;
  readonly revision: string;
}

export function called({ repository, revision }: Called): string {
  return `${repository}@${revision}`;
}

export function unknownModel({ endpoint, token }: HubSettings, model: Called): TouchstoneError {
  return new TouchstoneError({
    code: "unknown-hub-model",
    family: "usage",
    what: `The hub at ${endpoint} has no model of this name, or shows it to others only, and there is no such folder here.`,
    value: model.repository,
    fix: token
      ? `Correct the name. A private model needs a token of its owner's; the one in use is from ${token.source}.`
      : "Correct the name. A private model needs a token: set HF_TOKEN, or log in with `hf auth login`.",
  });
}

export function unknownRevision({ endpoint }: HubSettings, model: Called): TouchstoneError {
  return new TouchstoneError({
    code: "unknown-hub-revision",
    family: "usage",
    what: `${model.repository} has no branch, tag or commit of this name.`,
    value: model.revision,
    fix: `Choose one at ${endpoint}/${model.repository}/tree/main, or leave out what follows the @.`,
  });
}

export function gated({ endpoint, token }: HubSettings, model: Called): TouchstoneError {
  const terms = `${endpoint}/${model.repository}`;
  return new TouchstoneError({
    code: "gated-model",
    family: "input",
    what: token
      ? `${model.repository} is gated, and the account of the token from ${token.source} has not been let in.`
      : `${model.repository} is gated: its owner lets in who accepts the terms and shows a token.`,
    value: called(model),
    fix: token
      ? `Accept the terms at ${terms} with that account, or set HF_TOKEN to a token of one that was let in.`
      : `Accept the terms at ${terms}, make a token at ${endpoint}/settings/tokens, and set HF_TOKEN or log in with \`hf auth login\`.`,
  });
}

export function badToken({ endpoint, token }: HubSettings): TouchstoneError {
  return new TouchstoneError({
    code: "bad-hub-token",
    family: "usage",
    what: `The hub does not know the token from ${token?.source ?? "this machine"}.`,
    value: endpoint,
    fix: `Make a token at ${endpoint}/settings/tokens and set HF_TOKEN, or take it away: most models need none.`,
  });
}

export function unreachable({ endpoint }: HubSettings, phase: string, cause: unknown): TouchstoneError {
  return new TouchstoneError({
    code: "hub-unreachable",
    family: "input",
    what: `The hub could not be reached during ${phase} (${reasonOf(cause)}).`,
    value: endpoint,
    fix: `Try again, name a mirror (HF_ENDPOINT), or give a model's folder. ${KEPT}`,
    cause,
  });
}

export function stalled({ endpoint }: HubSettings, phase: string, seconds: number): TouchstoneError {
  return new TouchstoneError({
    code: "hub-timeout",
    family: "input",
    what: `The hub sent nothing for ${seconds} s during ${phase}.`,
    value: endpoint,
    fix: `Try again, allow more time (HF_HUB_DOWNLOAD_TIMEOUT, in seconds), or name a mirror (HF_ENDPOINT). ${KEPT}`,
  });
}

export function rateLimited({ endpoint, token }: HubSettings, phase: string): TouchstoneError {
  return new TouchstoneError({
    code: "hub-rate-limited",
    family: "input",
    what: `The hub refuses more requests for now (status 429 during ${phase}).`,
    value: endpoint,
    fix: `Try again later${token ? "" : ", or with a token (HF_TOKEN): accounts may ask more often"}. ${KEPT}`,
  });
}

export function failed({ endpoint }: HubSettings, phase: string, status: number, said: string): TouchstoneError {
  return new TouchstoneError({
    code: "hub-failed",
    family: "input",
    what: `The hub failed with status ${status} during ${phase}${said === "" ? "" : ` (${said})`}.`,
    value: endpoint,
    fix: `Try again later, or name a mirror (HF_ENDPOINT). ${KEPT}`,
  });
}

export function malformed(url: string, why: string, cause?: unknown): TouchstoneError {
  return new TouchstoneError({
    code: "hub-malformed-answer",
    family: "input",
    what: `The hub's answer cannot be read (${why}).`,
    value: url,
    fix: "Is HF_ENDPOINT the address of a Hugging Face hub or a mirror of one?",
    cause,
  });
}

export function mismatch(place: string, expected: string, received: string): TouchstoneError {
  return new TouchstoneError({
    code: "checksum-mismatch",
    family: "input",
    what: `A downloaded file is not the one that the hub announced: its checksum should be ${expected}, and is ${received}; it was thrown away.`,
    value: place,
    fix: "Try again. If it stays so, something between here and the hub changes files; a mirror (HF_ENDPOINT) may help.",
  });
}

export function damaged(path: string, expected: string, received: string): TouchstoneError {
  return new TouchstoneError({
    code: "checksum-mismatch",
    family: "input",
    what: `A file of the cache is not what was downloaded: its checksum should be ${expected}, and is ${received}.`,
    value: path,
    fix: "`./touchstone models verify --repair` throws damaged files away; the next run downloads them again.",
  });
}

export function notCached({ cache }: HubSettings, model: Called, some: boolean): TouchstoneError {
  return new TouchstoneError({
    code: "not-in-cache",
    family: "input",
    what: `Nothing is downloaded offline, and ${some ? "only a part of this model is" : "this model is not"} in the cache at ${cache}.`,
    value: called(model),
    fix: `Download it once with a network (\`./touchstone models pull ${called(model)}\`), or set HF_HUB_CACHE to the cache that holds it.`,
  });
}

export function unusable(model: Called, why: string, value: unknown): TouchstoneError {
  return new TouchstoneError({
    code: "unsupported-repository",
    family: "input",
    what: `${called(model)} cannot be run here: ${why}.`,
    value,
    fix: "Choose a repository with config.json, tokenizer.json, tokenizer_config.json and weights as safetensors.",
  });
}

/** What a file system refuses, as one message; anything else is returned as it is. */
export function storage(cause: unknown, folder: string): unknown {
  const code = (cause as NodeJS.ErrnoException | undefined)?.code;
  const common = { family: "storage", value: folder, cause } as const satisfies Partial<ErrorDetails>;
  if (code === "ENOSPC" || code === "EDQUOT") {
    const fix = `Free some space, or set HF_HUB_CACHE to a folder on another disk. ${KEPT}`;
    return new TouchstoneError({ ...common, code: "disk-full", what: "The disk of the models' cache is full.", fix });
  }
  if (code === "EACCES" || code === "EPERM" || code === "EROFS") {
    const what = `The models' cache cannot be written to (${code}).`;
    return new TouchstoneError({
      ...common,
      code: "unwritable-folder",
      what,
      fix: "Set HF_HUB_CACHE to a folder of yours.",
    });
  }
  return cause;
}

export function noSpace(folder: string, needed: string, free: string): TouchstoneError {
  return new TouchstoneError({
    code: "disk-full",
    family: "storage",
    what: `The model needs ${needed} more, and the disk of the models' cache has ${free} left.`,
    value: folder,
    fix: "Free some space, or set HF_HUB_CACHE to a folder on another disk. Nothing was downloaded.",
  });
}

export function reasonOf(cause: unknown): string {
  const inner = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
  const code = (inner as NodeJS.ErrnoException | undefined)?.code;
  return code ?? (inner instanceof Error ? inner.message.split("\n", 1)[0]! : String(inner));
}

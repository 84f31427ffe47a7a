import { createHash } from "node:crypto";
import { join } from "node:path";
import { canonicalJson, TouchstoneError, type ModelIdentity } from "@touchstone/core";
import { openServedModel, type ServedLanguageModel } from "@touchstone/inference/openai";
import { say } from "./context.ts";
import { parseModelReference, spellModelReference, type ServedReference } from "./model-reference.ts";
import { PLACES } from "./places.ts";

/** The model behind a server that a reference leads to. What its server does not do as it should is said once. */
export function openServed(
  { url, model }: ServedReference,
  signal: AbortSignal,
  onRemark = (remark: string): void => say(`Note: ${remark}`),
): Promise<ServedLanguageModel> {
  return openServedModel({ url, model }, { signal, vocabulary: vocabularyFile, onRemark });
}

/**
 * A suite, or flags, whose language models that name no server are served by `models`, and whose reward models by `rewardModels`: how one
 * is read stands behind its name (`org/rm?as=classify`).
 */
export function servedBy(
  given: unknown,
  backends: { readonly models?: string | undefined; readonly rewardModels?: string | undefined },
): unknown {
  if (typeof given !== "object" || given === null) return given;
  const suite = given as Readonly<Record<string, unknown>>;
  const served = (holder: Readonly<Record<string, unknown>>) => {
    const changed: Record<string, unknown> = {};
    for (const [key, backend] of Object.entries(backends)) {
      const value = holder[key];
      if (backend === undefined || !Array.isArray(value)) continue;
      changed[key] = value.map((one) => (typeof one === "string" ? servedName(one, backend) : one));
    }
    return { ...holder, ...changed };
  };
  const dataset = (value: unknown) =>
    typeof value === "object" && value !== null ? served(value as Readonly<Record<string, unknown>>) : value;
  return {
    ...served(suite),
    ...(Array.isArray(suite["datasets"]) ? { datasets: suite["datasets"].map(dataset) } : {}),
  };
}

function servedName(name: string, backend: string): string {
  if (/^https?:\/\//i.test(name)) return name;
  if (!/^https?:\/\//i.test(backend) || backend.includes("#")) {
    throw new TouchstoneError({
      code: "bad-server-address",
      family: "usage",
      what: "--backend and --reward-backend are addresses of servers, without a model.",
      value: backend,
      fix: "Write it as in `--backend http://localhost:8000/v1 --model org/name`.",
    });
  }
  return spellModelReference(parseModelReference(`${backend}#${name}`));
}

/** What the tokens of a served model stand for is kept there: in the pool they are numbers. */
function vocabularyFile(identity: ModelIdentity): string {
  const name = createHash("sha256").update(canonicalJson(identity)).digest("hex").slice(0, 32);
  return join(PLACES.served, `${name}.jsonl`);
}

import { createHash } from "node:crypto";
import { join } from "node:path";
import { canonicalJson, TouchstoneError, type ModelIdentity } from "@touchstone/core";
import { openServedModel, type ServedLanguageModel } from "@touchstone/inference/openai";
import { say } from "./context.ts";
import { parseModelReference, spellModelReference, type ServedReference } from "./model-reference.ts";
import { PLACES } from "./places.ts";

/** The model behind a server that a reference leads to. What its server does not do as it should is said once. */
export function openServed({ url, model }: ServedReference, signal: AbortSignal): Promise<ServedLanguageModel> {
  return openServedModel(
    { url, model },
    { signal, vocabulary: vocabularyFile, onRemark: (remark) => say(`Note: ${remark}`) },
  );
}

/** A suite, or flags, whose models that name no server are served by `backend`. */
export function servedBy(given: unknown, backend: string): unknown {
  if (typeof given !== "object" || given === null) return given;
  const suite = given as Readonly<Record<string, unknown>>;
  const served = (value: unknown) =>
    Array.isArray(value) ? value.map((one) => (typeof one === "string" ? servedName(one, backend) : one)) : value;
  const dataset = (value: unknown) =>
    typeof value === "object" && value !== null && "models" in value
      ? { ...value, models: served(value.models) }
      : value;
  return {
    ...suite,
    ...("models" in suite ? { models: served(suite["models"]) } : {}),
    ...(Array.isArray(suite["datasets"]) ? { datasets: suite["datasets"].map(dataset) } : {}),
  };
}

function servedName(name: string, backend: string): string {
  if (/^https?:\/\//i.test(name)) return name;
  if (!/^https?:\/\//i.test(backend) || backend.includes("#")) {
    throw new TouchstoneError({
      code: "bad-server-address",
      family: "usage",
      what: "--backend is the address of a server, without a model.",
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

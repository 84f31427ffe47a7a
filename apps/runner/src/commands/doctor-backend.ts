import { EXIT_CODES, type Method } from "@touchstone/core";
import { lacking } from "@touchstone/evaluation";
import {
  identifyServer,
  probeEndpoints,
  probeModel,
  ServerClient,
  type ServerReport,
} from "@touchstone/inference/openai";
import { print } from "../context.ts";
import { METHODS } from "../methods.ts";

export interface BackendOptions {
  readonly backend: string;
  readonly model?: string | undefined;
  readonly json?: true | undefined;
}

const PLAIN = { temperature: 1, topK: 0, topP: 1 } as const;

/** `doctor --backend`: what a server can do, and which methods that allows. Throws where it cannot be asked. */
export async function doctorBackend({ backend, model, json }: BackendOptions, signal: AbortSignal): Promise<void> {
  const [address = "", named] = backend.split("#");
  await using client = new ServerClient(address);
  const ask = { signal, retries: 1 };
  const chosen = model ?? named ?? (await identifyServer(client, ask)).models[0]?.id ?? "";
  const endpoints = await probeEndpoints(client, chosen, ask);
  const other = Object.entries(endpoints).flatMap(([name, there]) => (there ? [name] : []));
  // A reward model is no policy: what it answers is all there is to say.
  const report = await probeModel(client, chosen, ask).catch((error: unknown) => {
    if (other.length === 0) throw error;
    return undefined;
  });
  const { kind, version, models } = report ?? (await identifyServer(client, ask));
  const server = { url: client.url, kind, version: version ?? null, models: models.map(({ id }) => id), model: chosen };
  const methods = report ? methodsOn(report) : [];
  if (json) {
    print(JSON.stringify({ ok: true, ...server, ...(report ? facts(report) : {}), endpoints, methods }, null, 2));
  } else {
    print(
      `Server ${server.url}: ${kind}${version === undefined ? "" : ` ${version}`}, serving ${server.models.join(", ")}`,
    );
    if (report) lines(report).forEach(([name, says]) => print(`  ${name.padEnd(26)} ${says}`));
    print(`  ${"other endpoints".padEnd(26)} ${other.join(", ") || "none"}`);
    for (const { method, lacks } of methods) {
      print(lacks === null ? `ok      ${method}` : `lacking ${method}: ${lacks}`);
    }
  }
  process.exitCode = EXIT_CODES.ok;
}

function facts({
  answersAs,
  fingerprint,
  form,
  chat,
  completions,
  n,
  seeds,
  stop,
  usage,
  tokenIds,
  tokenPrompts,
  continuation,
  contextLength,
  dtype,
  logProbabilities,
  promptLogProbabilities,
  detokenize,
  capabilities,
}: ServerReport) {
  return {
    answers_as: answersAs ?? null,
    fingerprint: fingerprint ?? null,
    dtype: dtype ?? null,
    context_length: contextLength ?? null,
    completions,
    chat,
    request_form: form,
    n,
    seeds,
    stop,
    log_probabilities: logProbabilities,
    prompt_log_probabilities: promptLogProbabilities,
    token_ids: tokenIds,
    token_prompts: tokenPrompts,
    detokenize,
    continuation,
    usage,
    capabilities,
  };
}

function lines(report: ServerReport): [string, string][] {
  const yes = (value: boolean) => (value ? "yes" : "no");
  const { chosen, top, law } = report.logProbabilities;
  return [
    ["model", `${report.model}${report.answersAs === undefined ? "" : `, answers as ${report.answersAs}`}`],
    ["context length", report.contextLength === undefined ? "not said" : `${report.contextLength} tokens`],
    ["completions, chat", `${yes(report.completions)}, ${yes(report.chat)}`],
    ["prompts are put as", { tokens: "token ids", text: "text by its template", chat: "messages" }[report.form]],
    ["several choices (n)", yes(report.n)],
    ["seeds honoured", yes(report.seeds)],
    ["stop strings", yes(report.stop)],
    ["log-probabilities", chosen ? `of drawn tokens, and the ${top} most probable; law: ${law}` : "no"],
    ["of prompts", yes(report.promptLogProbabilities)],
    ["token ids", yes(report.tokenIds)],
    ["continuation", report.continuation === "none" ? "no" : `by ${report.continuation}`],
    ["usage", yes(report.usage)],
  ];
}

/** Every method with its default parameters: what it lacks there, or null. */
function methodsOn({ capabilities }: ServerReport): { readonly method: string; readonly lacks: string | null }[] {
  return METHODS.map((method: Method) => ({
    method: method.name,
    lacks: lacking(method, method.parameters.parse({}), capabilities, { ...PLAIN, ...method.needs.decoding }) ?? null,
  }));
}

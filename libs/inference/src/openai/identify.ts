import { TouchstoneError } from "@touchstone/core";
import { z, type ZodType } from "zod";
import { llamaProps, modelList, sglangInfo, tgiInfo, version, type ListedModel } from "./answers.ts";
import type { ServerKind } from "./forms.ts";
import type { AskOptions, ServerClient } from "./server-client.ts";

/** What a server says of itself. */
export interface ServerIdentity {
  readonly kind: ServerKind;
  readonly version: string | undefined;
  readonly models: readonly ListedModel[];
  /** Tokens that a prompt and its response may have together, where it holds for every model. */
  readonly contextLength: number | undefined;
  readonly dtype: string | undefined;
  /** What else tells one state of the server's weights from another. */
  readonly weights: Readonly<Record<string, string>>;
}

/** Asks a server what it is. @throws TouchstoneError those of the client, where it does not even list its models */
export async function identifyServer(client: ServerClient, ask: AskOptions): Promise<ServerIdentity> {
  const { data: models } = await client.get("/v1/models", modelList, ask);
  const owner = models[0]?.owned_by;
  const get = <T>(path: string, schema: ZodType<T>) => maybe(client.get(path, schema, { ...ask, retries: 0 }));
  const common = { models, contextLength: undefined, dtype: undefined, weights: {} };
  if (owner === "vllm") {
    return { ...common, kind: "vllm", version: (await get("/version", version))?.version };
  }
  if (owner === "sglang") {
    const info = (await get("/server_info", sglangInfo)) ?? (await get("/get_server_info", sglangInfo));
    const { dtype, model_path: path, weight_version: weights } = info ?? {};
    return {
      ...common,
      kind: "sglang",
      version: info?.version,
      dtype: dtype === "auto" ? undefined : dtype,
      weights: texts({ path, weights }),
    };
  }
  if (owner === "llamacpp") {
    const props = await get("/props", llamaProps);
    return {
      ...common,
      kind: "llama.cpp",
      version: props?.build_info,
      contextLength: props?.default_generation_settings.n_ctx,
      weights: texts({ path: props?.model_path }),
    };
  }
  const info = await get("/info", tgiInfo);
  if (info) {
    return {
      ...common,
      kind: "tgi",
      version: info.version,
      contextLength: info.max_total_tokens,
      dtype: info.model_dtype,
      weights: texts({ model: info.model_id, sha: info.model_sha }),
    };
  }
  return { ...common, kind: "openai", version: undefined };
}

/** Whether a server knows of an endpoint: it answers a tiny request to it. */
export async function answersAt(client: ServerClient, path: string, body: unknown, ask: AskOptions): Promise<boolean> {
  return (
    (await maybe(
      client.post(
        path,
        body,
        z.unknown().refine((value) => value !== null),
        { ...ask, retries: 0 },
      ),
    )) !== undefined
  );
}

/** What a request gives, or undefined where the server refuses or fails it; what is wrong with all requests is thrown. */
export async function maybe<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked;
  } catch (error) {
    const passes = ["server-refused", "server-failed", "server-malformed-answer"];
    if (error instanceof TouchstoneError && passes.includes(error.code)) return undefined;
    throw error;
  }
}

function texts(given: Readonly<Record<string, string | undefined>>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(given).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );
}

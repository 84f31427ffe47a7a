// A process of its own: `node serve.ts '<settings as JSON>'`. Says `listening <port>` on stdout, and ends with its stdin.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { ENDPOINTS_OF, now, POLICY_ENDPOINTS, Refusal } from "./endpoints.ts";
import { faulty, Faults } from "./faults.ts";
import { REWARD_ENDPOINTS, ServedReward } from "./reward-endpoints.ts";
import { ServedPolicy } from "./served-policy.ts";
import type { Fault, SeenRequest, ServedFolder, ServerSettings } from "./settings.ts";

const settings = JSON.parse(process.argv[2]!) as ServerSettings;
const { flavour, models, apiKey, version = "0.0-test" } = settings;
let faults = new Faults(settings.faults ?? []);
const seen: { -readonly [K in keyof SeenRequest]: SeenRequest[K] }[] = [];
const loaded = new Map<string, Promise<ServedPolicy | ServedReward>>();

const server = createServer((request, response) => {
  void answer(request, response).catch((error: unknown) => {
    console.error(error);
    response.destroy();
  });
});
// Clients of a busy machine pause for longer than five seconds between two requests.
server.keepAliveTimeout = 120_000;
server.listen(settings.port ?? 0, "127.0.0.1", () => {
  const address = server.address();
  console.log(`listening ${typeof address === "object" && address !== null ? address.port : 0}`);
});
process.stdin.on("end", () => process.exit(0)).resume();

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const text = await textOf(request);
  const path = request.url ?? "/";
  if (path.startsWith("/testkit/")) return control(path, text, response);
  let body = (text === "" ? {} : JSON.parse(text)) as Readonly<Record<string, unknown>>;
  const entry: (typeof seen)[number] = { method: request.method ?? "", path, body };
  seen.push(entry);
  response.on("close", () => {
    if (!response.writableFinished) entry.outcome ??= "aborted";
  });
  const befalling = faults.of(path, text);
  const kinds = befalling.map(({ kind }) => kind);
  if (kinds.includes("ignores-seeds")) body = { ...body, seed: seen.length };
  for (const { kind, milliseconds = 0 } of befalling) if (kind === "slow") await sleep(milliseconds);
  if (kinds.includes("cut")) {
    entry.outcome = "cut";
    request.socket.destroy();
    return;
  }
  const refused = befalling.find(({ kind }) => kind === "status");
  const {
    status,
    content,
    headers = {},
  } = refused
    ? {
        status: refused.status ?? 500,
        content: refused.answer ?? { error: { message: "injected" } },
        headers: refused.headers ?? {},
      }
    : await contentOf(request, path, body);
  const whole = kinds.includes("malformed") ? '{"choices": [oops' : JSON.stringify(faulty(content, kinds));
  if (entry.outcome === "aborted") return;
  if (kinds.includes("cut-within")) {
    entry.outcome = "cut";
    response.writeHead(200, { "content-type": "application/json", "content-length": Buffer.byteLength(whole) });
    response.write(whole.slice(0, whole.length / 2), () => request.socket.destroy());
    return;
  }
  entry.outcome = status;
  response.writeHead(status, { "content-type": "application/json", ...headers });
  response.end(kinds.includes("truncated") ? whole.slice(0, whole.length / 2) : whole);
}

interface Content {
  readonly status: number;
  readonly content: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

async function contentOf(
  request: IncomingMessage,
  path: string,
  body: Readonly<Record<string, unknown>>,
): Promise<Content> {
  try {
    if (apiKey !== undefined && request.headers.authorization !== `Bearer ${apiKey}`)
      throw new Refusal(401, "no such API key");
    const content = request.method === "GET" ? await information(path) : await posted(path, body);
    return { status: 200, content };
  } catch (error) {
    const status = error instanceof Refusal ? error.status : 500;
    const message = error instanceof Error ? error.message : String(error);
    return { status, content: { error: { message, type: "Error", code: status } } };
  }
}

async function posted(path: string, body: Readonly<Record<string, unknown>>): Promise<unknown> {
  const known = [...ENDPOINTS_OF[flavour], ...(flavour === "vllm" ? Object.keys(REWARD_ENDPOINTS) : [])];
  if (!known.includes(path)) throw new Refusal(404, "Not Found");
  const served = servedAs(body["model"]);
  const model = await load(served);
  // llama.cpp says the name that it was asked for; it serves one model.
  const name = flavour === "llama.cpp" && typeof body["model"] === "string" ? body["model"] : served.name;
  const policyEndpoint = POLICY_ENDPOINTS[path];
  if (model instanceof ServedPolicy && policyEndpoint) return policyEndpoint({ flavour, name, policy: model, body });
  const rewardEndpoint = REWARD_ENDPOINTS[path];
  if (model instanceof ServedReward && rewardEndpoint) return rewardEndpoint({ name, model, body });
  throw new Refusal(400, `The model does not support ${path}.`);
}

/** Servers of several models, or strict ones, know their names; the others take any. */
function servedAs(name: unknown): ServedFolder {
  const found = models.find((model) => model.name === name);
  if (found) return found;
  if (name === undefined || flavour === "llama.cpp" || flavour === "tgi") return models[0]!;
  throw new Refusal(404, `The model \`${String(name)}\` does not exist.`);
}

function load({ name, folder, role = "policy" }: ServedFolder): Promise<ServedPolicy | ServedReward> {
  const model = loaded.get(name) ?? (role === "policy" ? ServedPolicy.load(folder) : ServedReward.load(folder));
  loaded.set(name, model);
  return model;
}

async function information(path: string): Promise<unknown> {
  if (path === "/v1/models") return { object: "list", data: await Promise.all(models.map(listing)) };
  if (path === "/health") return {};
  const [first] = models;
  const policy = await load(first!);
  const n_ctx = policy instanceof ServedPolicy ? policy.contextLength : 0;
  const own: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
    vllm: { "/version": { version } },
    sglang: { "/get_server_info": { version, model_path: first!.name, dtype: "auto" } },
    "llama.cpp": { "/props": { build_info: version, model_path: first!.name, default_generation_settings: { n_ctx } } },
    tgi: {
      "/info": { model_id: first!.name, model_sha: null, model_dtype: "float32", version, max_total_tokens: n_ctx },
    },
  };
  const found = own[flavour]?.[path];
  if (found === undefined) throw new Refusal(404, "Not Found");
  return found;
}

async function listing(model: ServedFolder): Promise<unknown> {
  const { name } = model;
  const served = await load(model);
  const owner = { vllm: "vllm", sglang: "sglang", "llama.cpp": "llamacpp", tgi: name, openai: "somebody" }[flavour];
  const length = served instanceof ServedPolicy ? { max_model_len: served.contextLength } : {};
  return {
    id: name,
    object: "model",
    // A service of OpenAI's kind lists when a model was made.
    created: flavour === "openai" ? 1_700_000_000 : now(),
    owned_by: owner,
    ...(flavour === "vllm" || flavour === "sglang" ? { root: name, ...length } : {}),
  };
}

/** For the tests: `POST /testkit/faults` with a list replaces the faults; `GET /testkit/seen` lists what was asked. */
function control(path: string, text: string, response: ServerResponse): void {
  if (path === "/testkit/faults") faults = new Faults(JSON.parse(text) as readonly Fault[]);
  response.writeHead(200, { "content-type": "application/json" });
  response.end(JSON.stringify(path === "/testkit/seen" ? seen : {}));
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}

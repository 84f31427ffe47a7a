/** Servers whose protocol is spoken, with what is their own in it. */
export type Flavour = "vllm" | "sglang" | "llama.cpp" | "tgi" | "openai";

/** What goes wrong with an answer. */
export type FaultKind =
  /** The answer waits for so long (`milliseconds`). */
  | "slow"
  /** The answer is this `status`, with `headers` and `body`. */
  | "status"
  /** The connection is cut before a byte of the answer. */
  | "cut"
  /** The connection is cut in the middle of the answer. */
  | "cut-within"
  /** Half of the answer, ended as if it were whole. */
  | "truncated"
  /** Something that is no JSON. */
  | "malformed"
  /** Another model's name stands in the answer. */
  | "other-model"
  /** One choice less than asked for. */
  | "fewer-choices"
  /** No choices at all. */
  | "no-choices"
  /** Nothing is said of tokens used. */
  | "no-usage"
  /** Log-probabilities and token ids are left out. */
  | "no-log-probabilities"
  /** Seeds are taken, and make no difference. */
  | "ignores-seeds";

export interface Fault {
  readonly kind: FaultKind;
  /** Only where the path holds this text. */
  readonly path?: string;
  /** Only where the body holds this text. */
  readonly body?: string;
  /** Requests that it leaves alone first. Default 0. */
  readonly after?: number;
  /** Requests that it befalls. Default: all. */
  readonly times?: number;
  readonly milliseconds?: number;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly answer?: unknown;
}

export interface ServedFolder {
  /** Name under which it is served. */
  readonly name: string;
  /** Folder in Hugging Face layout. */
  readonly folder: string;
  /** Default `policy`. */
  readonly role?: "policy" | "reward-model";
}

export interface ServerSettings {
  readonly flavour: Flavour;
  readonly models: readonly ServedFolder[];
  readonly faults?: readonly Fault[];
  /** Where given, requests must carry it. */
  readonly apiKey?: string;
  /** 0, the default: the next free one. */
  readonly port?: number;
  /** What the server gives as its version. */
  readonly version?: string;
}

/** A request that the server has seen. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly body: Readonly<Record<string, unknown>>;
  /** Absent while it is under way; `aborted`: whoever asked has gone away. */
  readonly outcome?: number | "aborted" | "cut";
}

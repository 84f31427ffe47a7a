import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

/** Where models come from, where they are kept, and what opens gated ones. */
export interface HubSettings {
  /** Without a slash at its end; `HF_ENDPOINT` names a mirror. */
  readonly endpoint: string;
  /** The folder of all models, as Hugging Face's own tools keep it. */
  readonly cache: string;
  /** Absent: none. Sent to the endpoint only, and never written anywhere. */
  readonly token?: { readonly value: string; /** `HF_TOKEN`, or a file's path. */ readonly source: string };
  /** Nothing is asked of the network: what the cache holds is all there is. */
  readonly offline: boolean;
  /** Times that a request is tried again after a failure that may pass. Default 4. */
  readonly retries?: number;
  /** Seconds before the first of them, doubled every time. Default 0.3. */
  readonly backoffSeconds?: number;
  /** Seconds without a byte after which a connection counts as cut. Default: HF_HUB_DOWNLOAD_TIMEOUT, or 30. */
  readonly stallSeconds?: number;
}

/**
 * The settings that Hugging Face's own tools read from the environment: `HF_ENDPOINT`, `HF_HUB_CACHE`, `HF_HOME`, `HF_TOKEN` or the
 * token file that `hf auth login` writes, `HF_HUB_OFFLINE`, `HF_HUB_DOWNLOAD_TIMEOUT`.
 */
export function hubSettings(environment: Readonly<Record<string, string | undefined>> = process.env): HubSettings {
  const set = (name: string) => (environment[name]?.trim() ? environment[name].trim() : undefined);
  const home = set("HF_HOME") ?? join(set("XDG_CACHE_HOME") ?? join(homedir(), ".cache"), "huggingface");
  const token = tokenOf(set, set("HF_TOKEN_PATH") ?? join(home, "token"));
  const stallSeconds = Number(set("HF_HUB_DOWNLOAD_TIMEOUT"));
  return {
    endpoint: (set("HF_ENDPOINT") ?? "https://huggingface.co").replace(/\/+$/, ""),
    cache: set("HF_HUB_CACHE") ?? set("HUGGINGFACE_HUB_CACHE") ?? join(home, "hub"),
    ...(token ? { token } : {}),
    offline: /^(1|on|yes|true)$/i.test(set("HF_HUB_OFFLINE") ?? ""),
    ...(stallSeconds > 0 ? { stallSeconds } : {}),
  };
}

function tokenOf(set: (name: string) => string | undefined, file: string): HubSettings["token"] {
  for (const source of ["HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"]) {
    const value = set(source);
    if (value !== undefined) return { value, source };
  }
  try {
    const value = readFileSync(file, "utf8").trim();
    return value === "" ? undefined : { value, source: file };
  } catch {
    return undefined;
  }
}

import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { HubFault, HubRequest } from "./faults.ts";
import type { HubFile, HubRepository } from "./repository.ts";

export interface HubServerOptions {
  /** By `org/name`. */
  readonly repositories: ReadonlyMap<string, HubRepository>;
  /** Tokens that somebody has; others are refused. */
  readonly tokens?: readonly string[];
  /** What goes wrong with a request; asked anew for each. */
  readonly fault?: (request: HubRequest) => HubFault | undefined;
  /** Sizes and checksums are only told with the files themselves, as by some mirrors. Default false. */
  readonly bare?: boolean;
}

/** Paths of the hub and of the store: which repository at which revision. */
const PLACE =
  /^\/(?:api\/models\/|api\/resolve-cache\/models\/)?(?<repository>[^/]+\/[^/]+)\/(?:revision|resolve|blob)\/(?<revision>[^/]+)/;

/** Pieces in which bodies are sent. */
const PIECE = 4096;

/**
 * A server that speaks the hub's protocol as far as models are read: `/api/models/<repository>/revision/<revision>?blobs=true`, and
 * `/<repository>/resolve/<revision>/<file>`, which answers small files after a relative redirect, and large ones by sending on to a store
 * of another origin with `X-Linked-Etag`, `X-Linked-Size` and `X-Repo-Commit`. Knows ranges, gated and private repositories.
 */
export class HubServer implements AsyncDisposable {
  readonly requests: HubRequest[] = [];
  readonly #options: HubServerOptions;
  readonly #hub = createServer((request, response) => void this.#answer("hub", request, response));
  readonly #store = createServer((request, response) => void this.#answer("store", request, response));

  private constructor(options: HubServerOptions) {
    this.#options = options;
  }

  static async start(options: HubServerOptions): Promise<HubServer> {
    const server = new HubServer(options);
    for (const one of [server.#hub, server.#store]) await once(one.listen(0, "127.0.0.1"), "listening");
    return server;
  }

  /** For `HF_ENDPOINT`. */
  get url(): string {
    return addressOf(this.#hub);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const one of [this.#hub, this.#store]) {
      one.closeAllConnections();
      one.close();
      await once(one, "close");
    }
  }

  async #answer(origin: HubRequest["origin"], incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = "GET", headers } = incoming;
    const { pathname } = new URL(incoming.url!, "http://hub");
    const file = /\/(?:resolve|blob)\/[^/]+\/(?<file>.+)$/.exec(pathname)?.groups?.["file"];
    const times = this.requests.filter((one) => one.method === method && one.path === pathname).length + 1;
    const { authorization, range } = headers;
    const request: HubRequest = { origin, method, path: pathname, file, range, authorization, times };
    this.requests.push(request);
    const fault = this.#options.fault?.(request);
    if (fault?.kind === "status") {
      response.writeHead(fault.status, fault.headers).end();
      return;
    }
    const token = authorization?.replace("Bearer ", "");
    if (origin === "hub" && token !== undefined && !(this.#options.tokens ?? []).includes(token)) {
      refuse(response, 401, undefined, "Invalid credentials in Authorization header");
      return;
    }
    const { repository: name = "", revision = "" } = PLACE.exec(pathname)?.groups ?? {};
    const repository = this.#options.repositories.get(name);
    if (!repository || (repository.privateTo && !repository.privateTo.has(token ?? ""))) {
      refuse(response, token === undefined ? 401 : 404, "RepoNotFound", "Repository not found");
      return;
    }
    const commit = repository.commitOf(decodeURIComponent(revision));
    const files = commit === undefined ? undefined : repository.commits.get(commit);
    if (!files) {
      refuse(response, 404, "RevisionNotFound", `Invalid rev id: ${revision}`);
      return;
    }
    if (pathname.startsWith("/api/models/")) {
      await send(response, Buffer.from(JSON.stringify(this.#about(commit!, files))), { method, fault });
      return;
    }
    // The store trusts its signed addresses.
    if (origin === "hub" && repository.gatedFor && !repository.gatedFor.has(token ?? "")) {
      refuse(response, token === undefined ? 401 : 403, "GatedRepo", `Access to model ${name} is restricted.`);
      return;
    }
    const found = files.get(decodeURIComponent(file ?? ""));
    if (!found) {
      refuse(response, 404, "EntryNotFound", "Entry not found");
      return;
    }
    const commitHeader = { "x-repo-commit": commit! };
    if (origin === "hub" && found.sha256 !== undefined) {
      const location = `${addressOf(this.#store)}/${name}/blob/${commit}/${file}?signature=s`;
      const linked = { "x-linked-etag": `"${found.sha256}"`, "x-linked-size": String(found.content.length) };
      response.writeHead(302, { ...commitHeader, ...linked, location }).end();
      return;
    }
    if (origin === "hub" && !pathname.startsWith("/api/resolve-cache/")) {
      response
        .writeHead(307, { ...commitHeader, location: `/api/resolve-cache/models/${name}/resolve/${commit}/${file}` })
        .end();
      return;
    }
    const etag = { ...commitHeader, etag: `"${found.sha256 ?? found.gitSha1}"` };
    await send(response, found.content, { method, fault, range, headers: etag });
  }

  #about(commit: string, files: ReadonlyMap<string, HubFile>) {
    const { bare = false } = this.#options;
    return {
      sha: commit,
      siblings: [...files.values()].map(({ path, content, gitSha1, sha256 }) => ({
        rfilename: path,
        ...(bare ? {} : { size: content.length, blobId: gitSha1 }),
        ...(bare || sha256 === undefined ? {} : { lfs: { sha256, size: content.length, pointerSize: 130 } }),
      })),
    };
  }
}

interface Sending {
  readonly method: string;
  readonly fault: HubFault | undefined;
  readonly range?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
}

async function send(
  response: ServerResponse,
  whole: Buffer,
  { method, fault, range, headers = {} }: Sending,
): Promise<void> {
  const content = fault?.kind === "body" ? Buffer.from(fault.text) : Buffer.from(whole);
  if (fault?.kind === "corrupt") content[0] = content[0]! ^ 1;
  const from = fault?.kind === "no-ranges" ? undefined : /^bytes=(?<from>\d+)-$/.exec(range ?? "")?.groups?.["from"];
  const start = from === undefined ? 0 : Number(from);
  const end = content.length - 1;
  response.writeHead(from === undefined ? 200 : 206, {
    ...headers,
    "accept-ranges": "bytes",
    "content-length": content.length - start,
    ...(from === undefined ? {} : { "content-range": `bytes ${start}-${end}/${content.length}` }),
  });
  if (method === "HEAD") {
    response.end();
    return;
  }
  const stop = fault?.kind === "cut" || fault?.kind === "hold" ? fault.after : Number.POSITIVE_INFINITY;
  for (let at = start; at < content.length; at += PIECE) {
    const piece = content.subarray(at, Math.min(at + PIECE, start + stop));
    // On its way before the connection may be cut.
    if (piece.length > 0) await new Promise((resolve) => response.write(piece, resolve));
    if (response.destroyed) return;
    if (at + PIECE - start < stop) continue;
    if (fault?.kind === "cut") {
      await fault.until;
      response.destroy();
      return;
    }
    if (fault?.kind === "hold") {
      await (fault.until ?? once(response, "close"));
      response.end(content.subarray(start + stop));
      return;
    }
  }
  response.end();
}

function refuse(response: ServerResponse, status: number, code: string | undefined, said: string): void {
  response
    .writeHead(status, { ...(code === undefined ? {} : { "x-error-code": code }), "x-error-message": said })
    .end();
}

function addressOf(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** How the server treats a request; `requests` counts those of its path, this one included. */
export interface Asked {
  readonly path: string;
  readonly requests: number;
  readonly range: string | undefined;
  readonly authorization: string | undefined;
}

export interface Served {
  readonly status?: number;
  readonly body?: Buffer | string;
  /** Cuts the connection after so many bytes of the body. */
  readonly cutAfter?: number;
  /** What the cut waits for: that the client has what was sent, say. */
  readonly cutWhen?: () => Promise<unknown>;
  /** As a server without ranges: the whole file again. */
  readonly ignoresRanges?: boolean;
}

/** A web server on a free port that answers with files as a mirror does, ranges included, and misbehaves where it is told to. */
export class SourceServer implements AsyncDisposable {
  readonly asked: Asked[] = [];
  /** Also after it was stopped. */
  url = "";
  readonly #server = createServer((request, response) => this.#answer(request, response));
  readonly #serve: (asked: Asked) => Served;

  private constructor(serve: (asked: Asked) => Served) {
    this.#serve = serve;
  }

  static async start(serve: (asked: Asked) => Served): Promise<SourceServer> {
    const started = new SourceServer(serve);
    started.#server.listen(0, "127.0.0.1");
    await once(started.#server, "listening");
    started.url = `http://127.0.0.1:${(started.#server.address() as AddressInfo).port}`;
    return started;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  #answer(request: IncomingMessage, response: ServerResponse): void {
    const path = decodeURIComponent(request.url ?? "");
    const requests = this.asked.filter((before) => before.path === path).length + 1;
    const { range, authorization } = request.headers;
    const asked = { path, requests, range, authorization };
    this.asked.push(asked);
    const { status = 200, body = "", cutAfter, cutWhen, ignoresRanges = false } = this.#serve(asked);
    const whole = Buffer.from(body);
    const from = ignoresRanges ? 0 : Number(/^bytes=(\d+)-$/.exec(range ?? "")?.[1] ?? 0);
    if (status === 200 && from > 0 && from >= whole.length) {
      response.writeHead(416, { "content-range": `bytes */${whole.length}` }).end();
      return;
    }
    const part = whole.subarray(from);
    response.writeHead(status === 200 && from > 0 ? 206 : status, { "content-length": part.length });
    if (cutAfter === undefined) {
      response.end(part);
      return;
    }
    const cut = (): void => void request.socket.destroy();
    response.write(part.subarray(0, cutAfter));
    if (cutWhen) void cutWhen().then(cut, cut);
    else cut();
  }
}

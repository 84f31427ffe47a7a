import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { z } from "zod";
import { ServerClient } from "../src/openai/index.ts";

/** A server that counts, keeps what it is asked until it is let go, and says how much it holds. */
let server: Server;
let held: (() => void)[];
let asked: number;
let headers: Record<string, unknown>;
let url: string;

beforeEach(async () => {
  [held, asked, headers] = [[], 0, {}];
  server = createServer((request, response) => {
    asked++;
    headers = request.headers;
    held.push(() => response.end("{}"));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(() => {
  vi.unstubAllEnvs();
  server.closeAllConnections();
  server.close();
});

const ANY = z.object({});
const letGo = () => held.splice(0).forEach((answer) => answer());

it("has no more requests under way than it may, and begins others as these end", async () => {
  await using client = new ServerClient(url, { concurrency: 2 });
  const all = Promise.all(Array.from({ length: 6 }, () => client.get("/", ANY)));
  for (const round of [1, 2, 3]) {
    await expect.poll(() => held.length).toBe(2);
    expect(asked).toBe(2 * round);
    letGo();
  }
  await all;
});

it("begins no more requests in a minute than it may", async () => {
  await using client = new ServerClient(url, { requestsPerMinute: 2 });
  const controller = new AbortController();
  const [first, second, third] = Array.from({ length: 3 }, () => client.get("/", ANY, { signal: controller.signal }));
  await expect.poll(() => held.length).toBe(2);
  letGo();
  await Promise.all([first, second]);
  // What waits for the next minute can be called off.
  controller.abort();
  await expect(third).rejects.toMatchObject({ code: "interrupted" });
  expect(asked).toBe(2);
});

it("shares the time in which requests are under way out among them", async () => {
  await using client = new ServerClient(url, { concurrency: 3 });
  const seconds: number[] = [];
  const started = performance.now();
  const all = Array.from({ length: 3 }, () => client.get("/", ANY, { onSeconds: (share) => seconds.push(share) }));
  await expect.poll(() => held.length).toBe(3);
  letGo();
  await Promise.all(all);
  const wall = (performance.now() - started) / 1000;
  const sum = seconds.reduce((total, share) => total + share, 0);
  expect(seconds).toHaveLength(3);
  expect(sum).toBeGreaterThan(0);
  expect(sum).toBeLessThanOrEqual(wall);
});

it("takes key and limits from the environment, and says which of them is no number", async () => {
  vi.stubEnv("TOUCHSTONE_API_KEY", "");
  vi.stubEnv("OPENAI_API_KEY", "second");
  vi.stubEnv("TOUCHSTONE_SERVER_CONCURRENCY", "3");
  await using client = new ServerClient(`${url}/v1/`);
  expect(client).toMatchObject({ url, concurrency: 3 });
  const asking = client.get("/", ANY);
  await expect.poll(() => held.length).toBe(1);
  letGo();
  await asking;
  expect(headers["authorization"]).toBe("Bearer second");
  vi.stubEnv("TOUCHSTONE_SERVER_RPM", "many");
  expect(() => new ServerClient(url)).toThrow(
    "bad-setting: TOUCHSTONE_SERVER_RPM in the environment must be a number of at least 1. Received: many.",
  );
});

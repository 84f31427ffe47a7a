import { createHash } from "node:crypto";
import { existsSync, statSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { zipSync } from "fflate";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { loadDataset, parseManifest, sizeOf, pullDataset, verifyDataset, type DatasetManifest } from "../src/index.ts";
import { SourceServer, type Asked, type Served } from "./source-server.ts";

const COMMIT = "3101c7d5072418e28b9008a6636bde82a006892c";
const LATER = "f".repeat(40);
const LINES = Array.from({ length: 200 }, (_, i) => `{"question":"${i} + 1?","answer":"#### ${i + 1}"}\n`).join("");
const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "touchstone-pull-"));
});
afterEach(() => rm(folder, { recursive: true }));

function manifest(changes: Readonly<Record<string, unknown>> = {}): DatasetManifest {
  const base = {
    name: "sums",
    description: "Sums.",
    source: "https://github.com/someone/sums",
    revision: COMMIT,
    licence: "MIT",
    download: { github: "someone/sums" },
    splits: { test: { path: "data/test.jsonl", sha256: sha256(LINES), problems: 200 } },
    fields: { prompt: "question", reference: { path: "answer", after: "#### " } },
    extractor: "last-number",
    grader: "exact-number",
  };
  return parseManifest(JSON.stringify({ ...base, ...changes }), "sums.json");
}

const ON_THE_HUB = {
  source: "https://huggingface.co/datasets/someone/sums",
  revision: "main",
  download: { hub: "someone/sums" },
  pinned: "first-pull",
  splits: { test: { path: "data/test.jsonl" } },
};

const cache = () => join(folder, "cache");
const file = () => join(cache(), "sums", "data", "test.jsonl");
/** Pulls from the server as from a mirror, without waiting between tries. */
function pull(server: SourceServer, changes: Parameters<typeof manifest>[0] = {}, options = {}) {
  return pullDataset(manifest(changes), cache(), { endpoints: { mirror: server.url }, wait: 1, ...options });
}
function serving(serve: (asked: Asked) => Served): Promise<SourceServer> {
  return SourceServer.start(serve);
}
/** The hub as it stands at a commit. */
function hubAt(commit: string, body: string | Buffer = LINES) {
  return ({ path }: Asked): Served => (path.includes("/api/") ? { body: JSON.stringify({ sha: commit }) } : { body });
}

describe("a pulled dataset", () => {
  it("is fetched from its commit, checked, kept, and loaded under its name", async () => {
    await using server = await serving(() => ({ body: LINES }));
    const progress: number[] = [];
    const { record, fetched } = await pull(
      server,
      {},
      { onProgress: (_: string, bytes: number) => progress.push(bytes) },
    );
    expect(server.asked.map(({ path }) => path)).toEqual([
      `/raw.githubusercontent.com/someone/sums/${COMMIT}/data/test.jsonl`,
    ]);
    expect(fetched).toEqual(["data/test.jsonl"]);
    expect(record).toMatchObject({
      name: "sums",
      revision: COMMIT,
      files: { "data/test.jsonl": { sha256: sha256(LINES) } },
    });
    expect(progress.at(-1)).toBe(LINES.length);
    await writeFile(join(folder, "sums.json"), JSON.stringify(manifest()));
    const dataset = await loadDataset(folder, "sums", { cache: cache() });
    expect(dataset.problems("test")[6]).toMatchObject({ messages: [{ content: "6 + 1?" }], reference: "7" });
    expect(await verifyDataset(manifest(), join(cache(), "sums"), cache())).toEqual([]);
  });

  it("is not fetched again", async () => {
    await using server = await serving(() => ({ body: LINES }));
    await pull(server);
    expect((await pull(server)).fetched).toEqual([]);
    expect(server.asked).toHaveLength(1);
  });

  it("is fetched again where its file was changed, and verify says so before", async () => {
    await using server = await serving(() => ({ body: LINES }));
    await pull(server);
    await writeFile(file(), "changed");
    expect(await verifyDataset(manifest(), join(cache(), "sums"), cache())).toEqual([
      { file: "data/test.jsonl", why: "changed", expected: sha256(LINES), found: sha256("changed") },
    ]);
    expect((await pull(server)).fetched).toEqual(["data/test.jsonl"]);
    expect(await readFile(file(), "utf8")).toBe(LINES);
  });
});

describe("an archive", () => {
  it("of which several parts are read is fetched and counted once", async () => {
    const content = Buffer.from(zipSync({ "a.jsonl": Buffer.from(LINES), "b.jsonl": Buffer.from(LINES) }));
    await using server = await serving(({ path }) => hubAt(COMMIT, content)({ path } as Asked));
    const archive = {
      ...ON_THE_HUB,
      splits: { train: { path: "data.zip", inside: "a.jsonl" }, test: { path: "data.zip", inside: "b.jsonl" } },
      fields: { ...manifest().fields, id: { template: "{$split}-{$row}" } },
    };
    expect((await pull(server, archive)).fetched).toEqual(["data.zip"]);
    await writeFile(join(folder, "sums.json"), JSON.stringify(manifest(archive)));
    const { problems } = await loadDataset(folder, "sums", { cache: cache() });
    expect([problems("train").length, problems("test").length]).toEqual([200, 200]);
    expect(await sizeOf(manifest(archive), join(cache(), "sums"))).toBe(content.length);
  });
});

describe("a download", () => {
  /** Cuts the first two answers after 1,000 bytes each, when those lie in the file: what comes then is up to the client. */
  const cutTwice = ({ requests }: Asked): Served => ({
    body: LINES,
    ...(requests < 3
      ? {
          cutAfter: 1000,
          cutWhen: () => vi.waitFor(() => expect(partSize()).toBe(1000 * requests), { timeout: 20_000 }),
        }
      : {}),
  });
  const partSize = () => statSync(`${file()}.part`).size;

  it("that is cut goes on from there, by itself", async () => {
    await using server = await serving(cutTwice);
    await pull(server);
    expect(await readFile(file(), "utf8")).toBe(LINES);
    expect(server.asked.map(({ range }) => range)).toEqual([undefined, "bytes=1000-", "bytes=2000-"]);
  });

  it("that stays cut keeps what has come, and the next command goes on from there", async () => {
    await using server = await serving(cutTwice);
    await expect(pull(server, {}, { retries: 1 })).rejects.toThrow(
      /^source-unreachable: The source of sums could not be read \(.+\); 2000 bytes have come and are kept\. Received: http:\S+data\/test\.jsonl\. Type the same command again to continue from there, or name another source \(--mirror <url>\)\.$/,
    );
    expect(partSize()).toBe(2000);
    expect(existsSync(file())).toBe(false);
    await pull(server);
    expect(server.asked.at(-1)!.range).toBe("bytes=2000-");
    expect(await readFile(file(), "utf8")).toBe(LINES);
    expect(existsSync(`${file()}.part`)).toBe(false);
  });

  it("from a server without ranges begins anew rather than joining what does not fit", async () => {
    await using server = await serving(({ requests }) => ({
      body: LINES,
      ignoresRanges: true,
      ...(requests === 1 ? { cutAfter: 1000 } : {}),
    }));
    await pull(server);
    expect(await readFile(file(), "utf8")).toBe(LINES);
  });

  it("of a file that had come whole but was not checked yet is finished", async () => {
    await using server = await serving(({ requests }) => ({
      body: LINES,
      ...(requests === 1 ? { cutAfter: 1000 } : {}),
    }));
    await expect(pull(server, {}, { retries: 0 })).rejects.toThrow("source-unreachable");
    await writeFile(`${file()}.part`, LINES);
    await pull(server);
    expect(await readFile(file(), "utf8")).toBe(LINES);
  });

  it("waits out a server that is busy", async () => {
    await using server = await serving(({ requests }) => (requests < 3 ? { status: 503 } : { body: LINES }));
    await pull(server);
    expect(server.asked).toHaveLength(3);
  });
});

describe("one clear message", () => {
  it("where the source is down", async () => {
    const server = await serving(() => ({}));
    await server[Symbol.asyncDispose]();
    await expect(pull(server, {}, { retries: 1 })).rejects.toThrow(
      /^source-unreachable: The source of sums could not be read \(.*ECONNREFUSED.*\)\. Received: http/,
    );
  });

  it("where the file is another one, of which nothing is kept", async () => {
    await using server = await serving(() => ({ body: "else" }));
    await expect(pull(server)).rejects.toThrow(
      new RegExp(
        `^checksum-mismatch: What http://.*test\\.jsonl sent is not the file that the manifest of sums describes: sha256 should be ${sha256(LINES)}\\. Received: ${sha256("else")}\\. Nothing was kept\\.`,
      ),
    );
    expect(existsSync(file())).toBe(false);
    expect(existsSync(`${file()}.part`)).toBe(false);
  });

  it("where the revision is not there, at once", async () => {
    await using server = await serving(() => ({ status: 404 }));
    await expect(pull(server)).rejects.toThrow(
      new RegExp(
        `^dataset-revision-unknown: The source of sums has no such revision, or not this file in it \\(HTTP 404\\)\\. Received: http://\\S+${COMMIT}`,
      ),
    );
    expect(server.asked).toHaveLength(1);
  });

  it("where the hub has no such branch", async () => {
    await using server = await serving(() => ({ status: 404 }));
    await expect(pull(server, ON_THE_HUB)).rejects.toThrow(
      /^dataset-revision-unknown: .*api\/datasets\/someone\/sums\/revision\/main/,
    );
  });

  it("where a token is needed, and the token goes to the hub only", async () => {
    const serve = ({ authorization, path }: Asked): Served =>
      authorization === "Bearer secret" ? hubAt(COMMIT)({ path } as Asked) : { status: 401 };
    await using server = await serving(serve);
    await expect(pull(server, ON_THE_HUB)).rejects.toThrow(
      /^dataset-gated: The source of sums does not let everyone have it \(HTTP 401\)\. .* set HF_TOKEN to a token of your account\.$/,
    );
    expect((await pull(server, ON_THE_HUB, { token: "secret" })).fetched).toEqual(["data/test.jsonl"]);
    await using github = await serving(() => ({ body: LINES }));
    await rm(cache(), { recursive: true });
    await pull(github, {}, { token: "secret" });
    expect(github.asked.map(({ authorization }) => authorization)).toEqual([undefined]);
  });

  it("where the licence has terms that were not accepted, before anything is fetched", async () => {
    await using server = await serving(() => ({ body: LINES }));
    const terms = { terms: "not for commercial use", licence: "CC BY-NC 4.0" };
    await expect(pull(server, terms)).rejects.toThrow(
      "dataset-gated: sums may be used under terms only (not for commercial use). Received: CC BY-NC 4.0. Read them at https://github.com/someone/sums, and type: ./touchstone datasets pull sums --accept-licence",
    );
    expect(server.asked).toHaveLength(0);
    await pull(server, terms, { acceptLicence: true });
    expect(existsSync(file())).toBe(true);
  });

  it("where the folder cannot be written to", async () => {
    await using server = await serving(() => ({ body: LINES }));
    await writeFile(cache(), "a file where the folder should be");
    await expect(pull(server)).rejects.toThrow(
      /^unwritable-folder: The folder of the datasets cannot be written to \((ENOTDIR|EEXIST)\)\. Received: .*test\.jsonl\.part\. Choose a folder of yours \(--cache\)\.$/,
    );
    expect(server.asked).toHaveLength(0);
  });

  it("where a dataset was not pulled", async () => {
    await writeFile(join(folder, "sums.json"), JSON.stringify(manifest({ terms: "not for commercial use" })));
    await expect(loadDataset(folder, "sums", { cache: cache() })).rejects.toThrow(
      /^dataset-not-pulled: The dataset sums comes from https:\/\/github\.com\/someone\/sums and has not been downloaded\. .* Type: \.\/touchstone datasets pull sums --accept-licence$/,
    );
  });
});

describe("a dataset whose checksums only its source knows", () => {
  const known = () => manifest(ON_THE_HUB);

  it("is pinned by the first download: commit and checksums", async () => {
    await using server = await serving(hubAt(COMMIT));
    const { record } = await pull(server, ON_THE_HUB);
    expect(server.asked.map(({ path }) => path)).toEqual([
      "/huggingface.co/api/datasets/someone/sums/revision/main",
      `/huggingface.co/datasets/someone/sums/resolve/${COMMIT}/data/test.jsonl`,
    ]);
    expect(record).toMatchObject({ revision: COMMIT, files: { "data/test.jsonl": { sha256: sha256(LINES) } } });
    await writeFile(file(), LINES.replace("#### 1", "#### 9"));
    await writeFile(join(folder, "sums.json"), JSON.stringify(known()));
    await expect(loadDataset(folder, "sums", { cache: cache() })).rejects.toThrow("checksum-mismatch");
  });

  it("stays at its commit when the branch moves, and moves when it is told to", async () => {
    await using server = await serving(hubAt(COMMIT));
    await pull(server, ON_THE_HUB);
    await using moved = await serving(({ path }) =>
      path.includes(COMMIT)
        ? { body: LINES }
        : hubAt(LATER, `${LINES}{"question":"1 + 1?","answer":"#### 2"}\n`)({ path } as Asked),
    );
    await rm(file());
    expect((await pull(moved, ON_THE_HUB)).record.revision).toBe(COMMIT);
    expect(await readFile(file(), "utf8")).toBe(LINES);
    const renewed = await pull(moved, ON_THE_HUB, { renew: true });
    expect(renewed).toMatchObject({ moved: COMMIT, record: { revision: LATER } });
    expect(await verifyDataset(known(), join(cache(), "sums"), cache())).toEqual([]);
  });

  it("is refused where the pinned commit now holds another file", async () => {
    await using server = await serving(hubAt(COMMIT));
    await pull(server, ON_THE_HUB);
    await rm(file());
    await using forged = await serving(hubAt(COMMIT, "forged"));
    await expect(pull(forged, ON_THE_HUB)).rejects.toThrow(/^checksum-mismatch: .* Nothing was kept\./);
  });
});

import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { listDatasets } from "@touchstone/tasks";
import { afterAll, beforeAll, describe, expect, it, test, vi } from "vitest";
import { datasets, type DatasetsOptions } from "../src/commands/datasets.ts";
import { Interruption } from "../src/interruption.ts";
import { PLACES, ROOT } from "../src/places.ts";
import { Cli, dataOf, jsonOf, refusal, touchstone } from "./cli.ts";

vi.setConfig({ testTimeout: 300_000 });

const COMMIT = "3101c7d5072418e28b9008a6636bde82a006892c";
const LINES = Array.from(
  { length: 40 },
  (_, i) => `${JSON.stringify({ question: `${i} + 1?`, answer: i + 1 })}\n`,
).join("");

let folder = "";
let mirror = "";
const server = createServer((request, response) => {
  if (request.url?.startsWith("/raw.githubusercontent.com/someone/sums/")) response.end(LINES);
  else response.writeHead(404).end();
});

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "touchstone-datasets-"));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  mirror = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const sha256 = createHash("sha256").update(LINES).digest("hex");
  const manifest = {
    name: "sums",
    description: "Sums.",
    source: "https://github.com/someone/sums",
    revision: COMMIT,
    licence: "CC BY-NC 4.0",
    terms: "not for commercial use",
    download: { github: "someone/sums" },
    splits: { test: { path: "test.jsonl", sha256, problems: 40 } },
    fields: { prompt: "question", reference: "answer" },
    extractor: "last-number",
    grader: "exact-number",
  };
  await writeFile(join(folder, "sums.json"), JSON.stringify(manifest));
});
afterAll(async () => {
  Cli.endAll();
  server.close();
  await rm(folder, { recursive: true });
});

const cache = () => ["--cache", join(folder, "cache")];

/** The command as the program calls it, in this process. */
const command = (action: string, names: readonly string[], options: DatasetsOptions = {}) =>
  datasets(
    action,
    names,
    { cache: join(folder, "cache"), quiet: true, ...options },
    { argv: [], interruption: new Interruption() },
  );

describe("datasets", () => {
  it("are pulled once their terms are accepted, listed as here, and verified; a changed file is named", async () => {
    const manifest = join(folder, "sums.json");
    await expect(command("pull", [manifest], { mirror })).rejects.toThrow(
      /^dataset-gated: sums may be used under terms only \(not for commercial use\)\./,
    );
    const pulled = await touchstone("datasets", "pull", manifest, "--accept-licence", "--mirror", mirror, ...cache());
    expect([pulled.code, pulled.stdout]).toEqual([
      0,
      `sums: 1 file downloaded and checked (${COMMIT.slice(0, 12)}, CC BY-NC 4.0)\n`,
    ]);
    expect(pulled.stderr).toMatch(/download test\.jsonl: .* of 1\.\d kB/);
    const [row] = await jsonOf<{ state: string; bytes: number; licence: string }[]>(
      "datasets",
      "ls",
      manifest,
      ...cache(),
    );
    expect(row).toMatchObject({ state: "here", bytes: LINES.length, licence: "CC BY-NC 4.0" });
    await command("verify", [manifest], { json: true });
    await writeFile(join(folder, "cache", "sums", "test.jsonl"), LINES.replace("0 + 1", "1 + 1"));
    await expect(command("verify", [manifest])).rejects.toThrow(
      /^checksum-mismatch: The file test\.jsonl of sums is not the one of its manifest: sha256 should be [0-9a-f]{64}\. Received: [0-9a-f]{64}\. Type: \.\/touchstone datasets pull sums$/,
    );
  });

  it("are listed with licence, size and whether they are here", async () => {
    const text = await dataOf("datasets", "ls", ...cache());
    expect(text).toMatch(/^gsm8k +not pulled +4\.9 MB +MIT$/m);
    expect(text).toMatch(/^gsm-symbolic-p2 +not pulled +4\.0 MB +CC BY-NC-ND 4\.0 \(--accept-licence\)$/m);
    expect(text).toMatch(/^arith +built-in +\d.* +Apache-2\.0$/m);
    expect(text).toMatch(/^wildchat +not pulled +size unknown +ODC-BY 1\.0$/m);
  });

  it.each([
    ["pull", ["gsm8"], /^unknown-dataset: There is no such dataset\. Received: gsm8\. Did you mean `gsm8k`\?/],
    ["pull", [], /^nothing-to-pull: /],
    ["fetch", [], /^unknown-action: .* Received: fetch\. Choose one of: pull, ls, verify\.$/],
    [
      "verify",
      ["gsm8k"],
      /^dataset-not-pulled: The file .* of gsm8k is not there \(and 1 more\)\. .* Type: \.\/touchstone datasets pull gsm8k$/,
    ],
    [
      "pull",
      ["gsm8k"],
      /^dataset-revision-unknown: The source of gsm8k has no such revision, or not this file in it \(HTTP 404\)/,
    ],
  ])("that cannot be had are said so: %s %s", async (action, names, message) => {
    await expect(command(action, names, { mirror })).rejects.toThrow(message);
  });
});

test("docs/datasets.md says of every dataset that is downloaded where it is from, its licence, and how it is read and graded", async () => {
  const page = await readFile(join(ROOT, "docs", "datasets.md"), "utf8");
  const downloaded = (await listDatasets(PLACES.datasets)).filter(({ download }) => download);
  const rows = page.split("\n").filter((line) => /^\| `[a-z0-9-]+` +\| \[.*\]\(https:/.test(line));
  expect(rows).toHaveLength(downloaded.length);
  for (const { name, source, revision, licence, extractor, grader } of downloaded) {
    const row = rows.find((line) => line.startsWith(`| \`${name}\` `));
    for (const said of [source, revision.slice(0, 12), licence, `\`${extractor}\``, `\`${grader}\``])
      expect(row).toContain(said);
  }
});

describe("a run", () => {
  const run = ["--model", "arith", "--methods", "majority-vote", "--budgets", "1,2", "--pool-size", "4"];
  const places = () => ["--pool", join(folder, "pool"), "--out", join(folder, "reports")];

  it("on a dataset that was not pulled says what to type", async () => {
    process.env["TOUCHSTONE_DATASETS"] = join(folder, "empty");
    const { exitCode, message } = refusal(
      await touchstone("run", ...run, "--dataset", "gsm8k", "--quiet", ...places()),
    );
    delete process.env["TOUCHSTONE_DATASETS"];
    expect(exitCode).toBe(3);
    expect(message).toMatch(
      /^dataset-not-pulled: The dataset gsm8k comes from https:\/\/github\.com\/openai\/grade-school-math and has not been downloaded\. .* Type: \.\/touchstone datasets pull gsm8k$/,
    );
  });

  it("takes a user's own file by a mapping in YAML", async () => {
    await writeFile(
      join(folder, "mine.csv"),
      "text,number\nToday Hana has 9 cards. Hana buys 2 more. How many cards does Hana have now?,11\n",
    );
    await writeFile(
      join(folder, "mine.yaml"),
      "name: mine\ndescription: Mine.\nsplits: { test: { path: mine.csv } }\nfields: { prompt: text, reference: number }\nextractor: numeric\ngrader: exact-number\n",
    );
    const { manifest } = await jsonOf<{ manifest: string }>(
      "run",
      ...run,
      "--dataset",
      join(folder, "mine.yaml"),
      "--quiet",
      ...places(),
    );
    const { datasets: used } = JSON.parse(await readFile(manifest, "utf8")) as {
      datasets: { name: string; problems: number; files_sha256: Record<string, string> }[];
    };
    expect(used).toMatchObject([{ name: "mine", problems: 1 }]);
    expect(Object.keys(used[0]!.files_sha256)).toEqual(["mine.yaml", "mine.csv"]);
  });
});

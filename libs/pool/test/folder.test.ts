import { mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, vi } from "vitest";
import { inspectPool, openPool } from "../src/index.ts";
import { startChild } from "./children.ts";
import { emptyPool } from "./empty-pool.ts";
import { KEY, promptOf, samplesOf, temporaryFolder } from "./fixtures.ts";

vi.setConfig({ testTimeout: 240_000 });

it("a pool that another process holds is refused, naming the process, and is free once that process is dead", async () => {
  using folder = await emptyPool();
  const { path } = folder;
  await using child = startChild("child-hold.ts", path);
  await child.said("open");

  const refused = openPool(path);
  await expect(refused).rejects.toMatchObject({ code: "pool-locked", family: "pool", value: path });
  await expect(refused).rejects.toThrow(new RegExp(`in use by process ${child.pid} on .*--pool <folder>`));
  expect(inspectPool(path).owner?.pid).toBe(child.pid);

  await child.kill();
  expect(inspectPool(path).owner).toBeNull();
  await using pool = await openPool(path);
  expect(inspectPool(path).owner?.pid).toBe(process.pid);
  await pool.close();
  expect(inspectPool(path).owner).toBeNull();
});

it("a pool that this process holds already is refused as well", async () => {
  using folder = await emptyPool();
  await using pool = await openPool(folder.path);
  await expect(openPool(pool.folder)).rejects.toThrow(`in use by process ${process.pid}`);
});

it("of two processes that open a dead one's pool at once, exactly one gets it", async () => {
  using folder = await emptyPool();
  const { path } = folder;
  {
    await using dead = startChild("child-hold.ts", path);
    await dead.said("open");
  }
  const tries = await Promise.all(
    [1, 2, 3].map(async () => {
      const child = startChild("child-hold.ts", path);
      const got = await child.said("open").then(
        () => true,
        () => false,
      );
      return { child, got };
    }),
  );
  expect(tries.filter(({ got }) => got)).toHaveLength(1);
  await Promise.all(tries.map(({ child }) => child.kill()));
});

it("a pool opened again holds what was stored", async () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "deep", "pool");
  {
    await using pool = await openPool(path);
    const samples = samplesOf("p", 0, 8);
    await pool.appendSamples(KEY, [{ ...promptOf("p"), promptTokens: 1, samples, seconds: 1 }]);
  }
  await using pool = await openPool(path);
  expect(await pool.counts(KEY, [promptOf("p")])).toEqual(new Map([["p", 8]]));
});

it("close waits for the append in flight, can be called twice, and ends all use", async () => {
  using folder = await emptyPool();
  const pool = await openPool(folder.path);
  const samples = samplesOf("p", 0, 500);
  const append = pool.appendSamples(KEY, [{ ...promptOf("p"), promptTokens: 1, samples, seconds: 1 }]);
  await Promise.all([pool.close(), pool.close()]);
  await append;
  await expect(pool.info()).rejects.toThrow("closed");
  await using again = await openPool(folder.path);
  expect((await again.counts(KEY, [promptOf("p")])).get("p")).toBe(500);
});

it.each([1, 99])("a pool of version %i is refused, says what to do, and is left as it is", async (version) => {
  using folder = await emptyPool();
  const description = join(folder.path, "pool.json");
  writeFileSync(description, readFileSync(description, "utf8").replace(/"version":\d+/, `"version":${version}`));
  const before = readFileSync(description, "utf8");
  await expect(openPool(folder.path)).rejects.toMatchObject({ code: "pool-version", family: "pool" });
  await expect(openPool(folder.path)).rejects.toThrow(
    `The pool is of version ${version}; this Touchstone reads version 2. Received: ${folder.path}. Use the Touchstone that made it, or choose another pool folder (--pool <folder>); the old one is left as it is.`,
  );
  expect(readFileSync(description, "utf8")).toBe(before);
  expect(inspectPool(folder.path)).toMatchObject({ state: "pool", version });
});

it("a folder with other things in it is refused", async () => {
  using folder = temporaryFolder();
  writeFileSync(join(folder.path, "thesis.tex"), "");
  await expect(openPool(folder.path)).rejects.toThrow(/not-a-pool.*something other than a pool.*new folder/);
  expect(inspectPool(folder.path).state).toBe("foreign");
});

it("a folder that cannot be made is refused with the reason", async () => {
  using folder = temporaryFolder();
  writeFileSync(join(folder.path, "file"), "");
  const path = join(folder.path, "file", "pool");
  await expect(openPool(path)).rejects.toMatchObject({ code: "pool-unwritable", family: "storage", value: path });
  await expect(openPool(path)).rejects.toThrow(/Could not make the pool's folder \(ENOTDIR.*Make the folder writable/);
});

it("an absent folder is told as such and not made by looking", () => {
  using folder = temporaryFolder();
  const path = join(folder.path, "nothing");
  expect(inspectPool(path)).toEqual({ folder: path, state: "absent", version: null, bytes: 0, owner: null });
  mkdirSync(path);
  expect(inspectPool(path).state).toBe("unfinished");
});

it("opening stops where the signal has fired, and gives the lock back", async () => {
  using folder = await emptyPool();
  const controller = new AbortController();
  const opening = openPool(folder.path, { signal: controller.signal });
  controller.abort();
  await expect(opening).rejects.toMatchObject({ code: "interrupted", exitCode: 130 });
  await (await openPool(folder.path)).close();
});

it.each([
  ["its control file is cut short", (folder: string) => truncateSync(join(folder, "postgres/global/pg_control"), 100)],
  ["its log is gone", (folder: string) => rmSync(join(folder, "postgres/pg_wal"), { recursive: true })],
  ["its database is gone", (folder: string) => rmSync(join(folder, "postgres"), { recursive: true })],
])("a pool is refused as damaged, and neither hangs nor starts anew, when %s", async (_, damage) => {
  using folder = await emptyPool();
  damage(folder.path);
  const refused = openPool(folder.path);
  await expect(refused).rejects.toMatchObject({ code: "pool-damaged", family: "pool", exitCode: 4 });
  await expect(refused).rejects.toThrow(/database cannot be used: .*move the folder away/);
  expect(inspectPool(folder.path).owner).toBeNull();
});

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openPool } from "@touchstone/pool";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { Cli, dataOf, refusal, touchstone } from "./cli.ts";
import { makeWorld, type World } from "./world.ts";

vi.setConfig({ testTimeout: 300_000 });

let world: World;
const mounts: string[] = [];
beforeAll(async () => {
  world = await makeWorld();
});
afterAll(() => {
  Cli.endAll();
  for (const mount of mounts) spawnSync("umount", [mount]);
  world[Symbol.dispose]();
});

test("a pool of another version is left alone", async () => {
  const pool = join(world.folder, "old-pool");
  mkdirSync(pool);
  const description = JSON.stringify({ format: "touchstone-pool", version: 999 });
  writeFileSync(join(pool, "pool.json"), description);
  const ended = await touchstone("run", ...world.what, "--pool", pool, "--out", world.out);
  const message = expect.stringMatching(/^pool-version: The pool is of version 999; .*--pool <folder>/);
  expect(refusal(ended)).toEqual({ exitCode: 4, message });
  expect(readFileSync(join(pool, "pool.json"), "utf8")).toBe(description);
  expect(existsSync(world.out)).toBe(false);
});

test("a pool in use is not entered, and its owner is named", async () => {
  await using held = await openPool(join(world.folder, "held-pool"));
  const ended = await touchstone("run", ...world.what, "--pool", held.folder, "--out", world.out);
  const message = expect.stringMatching(
    `^pool-locked: .*process ${process.pid} on .*Received: .*held-pool\\. Wait until`,
  );
  expect(refusal(ended)).toEqual({ exitCode: 4, message });
  expect(await dataOf("doctor", "--pool", held.folder)).toMatch(`in use by process ${process.pid}`);
});

test("a folder that is something else is not made a pool", async () => {
  const folder = join(world.folder, "data");
  const before = readdirSync(folder);
  const ended = await touchstone("run", ...world.what, "--pool", folder, "--out", world.out);
  expect(refusal(ended)).toEqual({
    exitCode: 4,
    message: expect.stringMatching(/^not-a-pool: .*Received: .*\/data\./),
  });
  expect(readdirSync(folder)).toEqual(before);
});

test("a report folder below a file is refused before anything is drawn", async () => {
  const file = join(world.folder, "file");
  writeFileSync(file, "");
  const ended = await touchstone("run", ...world.what, "--pool", world.pool, "--out", join(file, "runs"));
  const message = expect.stringMatching(/^unwritable-folder: .*A part of the path is a file\. Received: .*file\/runs/);
  expect(refusal(ended)).toEqual({ exitCode: 5, message });
  expect(ended.stderr).not.toMatch(/^draw/m);
});

// A real full disk and a real read-only one: mounting them needs root on Linux.
const mount = (size: string): string | undefined => {
  const folder = join(world.folder, `disk-${mounts.length}`);
  mkdirSync(folder);
  if (spawnSync("mount", ["-t", "tmpfs", "-o", `size=${size}`, "tmpfs", folder]).status !== 0) return undefined;
  mounts.push(folder);
  return folder;
};
const cannotMount = process.platform !== "linux" || process.getuid?.() !== 0;
const unable = cannotMount && process.env["TOUCHSTONE_NO_SKIP"] !== "1";

test.skipIf(unable)("a read-only report folder is refused", async () => {
  const disk = mount("1m")!;
  spawnSync("mount", ["-o", "remount,ro", disk]);
  const ended = await touchstone("run", ...world.what, "--pool", world.pool, "--out", disk);
  expect(refusal(ended)).toEqual({
    exitCode: 5,
    message: expect.stringMatching(/^unwritable-folder: .*read-only\. Received: .*disk-/),
  });
});

test.skipIf(unable)(
  "a disk that fills up while drawing: one message; with space again, resume finishes the run",
  async () => {
    const disk = mount("160m")!;
    const pool = join(disk, "pool");
    const where = ["--pool", pool, "--out", world.out];
    // The pool is made while there is room, by a small run.
    await dataOf("run", ...world.what, ...where);
    const ballast = join(disk, "ballast");
    const { bavail, bsize } = statfsSync(disk);
    writeFileSync(ballast, Buffer.alloc(bavail * bsize - 2 ** 20));
    const large = [...world.what, "--limit=60", "--pool-size=512", "--name=large", ...where];
    const ended = await touchstone("run", ...large);
    expect(refusal(ended)).toEqual({
      exitCode: 5,
      message: expect.stringMatching(/^disk-full: .*Received: .*Free some space/),
    });
    const run = readdirSync(world.out).find((name) => name.startsWith("large-"));
    writeFileSync(ballast, "");
    expect(await dataOf("resume", run!, "--out", world.out)).toMatch(/^Run: .*large-/m);
  },
);

test.skipIf(unable)("a disk of reports that fills up leaves the pool whole", async () => {
  const disk = mount("8k")!;
  const ended = await touchstone("run", ...world.what, "--pool", world.pool, "--out", disk);
  expect(refusal(ended)).toEqual({ exitCode: 5, message: expect.stringMatching(/^disk-full: .*Received: /) });
  const again = await touchstone("run", ...world.what, ...world.where);
  expect(again.code).toBe(0);
  expect(again.stderr).not.toMatch(/^draw/m);
});

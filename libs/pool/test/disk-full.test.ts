import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { openPool } from "../src/index.ts";
import { emptyPool } from "./empty-pool.ts";
import { KEY, promptOf, samplesOf, temporaryFolder } from "./fixtures.ts";

// A real full disk: a file system of 110 MB in memory. Mounting one needs root on Linux.
const folder = temporaryFolder();
const disk = join(folder.path, "disk");
mkdirSync(disk);
const run = (...args: string[]) => spawnSync("mount", args).status === 0;
const mounted = process.platform === "linux" && run("-t", "tmpfs", "-o", "size=110m", "tmpfs", disk);
afterAll(() => {
  if (mounted) spawnSync("umount", ["--lazy", disk]);
  folder[Symbol.dispose]();
});

const append = async (path: string, first: number): Promise<void> => {
  await using pool = await openPool(path);
  const samples = samplesOf("p", first, 200);
  await pool.appendSamples(KEY, [{ ...promptOf("p"), promptTokens: 1, samples, seconds: 1 }]);
};

/** Leaves `megabytes` free; the result gives the rest back. */
const crowd = (megabytes: number): Disposable => {
  const ballast = join(disk, "ballast");
  const { bavail, bsize } = statfsSync(disk);
  writeFileSync(ballast, Buffer.alloc(bavail * bsize - megabytes * 2 ** 20));
  return { [Symbol.dispose]: () => rmSync(ballast, { force: true }) };
};

describe.skipIf(!mounted && process.env["TOUCHSTONE_NO_SKIP"] !== "1")("a full disk", () => {
  // With 1 MB left a table cannot grow; with 17 MB left PostgreSQL cannot make the next file of its log, and panics.
  it.each([1, 17])(
    "with %i MB left: one clear error, nothing stored is lost",
    { timeout: 240_000 },
    async (megabytes) => {
      const path = join(disk, "pool");
      using empty = await emptyPool();
      cpSync(empty.path, path, { recursive: true });
      await append(path, 0);
      let stored = 200;
      const fill = async (): Promise<void> => {
        await using pool = await openPool(path);
        for (;;) {
          const samples = samplesOf("p", stored, 200).map((sample) => ({ ...sample, text: noise() }));
          await pool.appendSamples(KEY, [{ ...promptOf("p"), promptTokens: 1, samples, seconds: 1 }]);
          stored += 200;
        }
      };
      {
        using _ = crowd(megabytes);
        const failed: unknown = await fill().catch((error: unknown) => error);
        expect(failed).toMatchObject({ code: "disk-full", family: "storage", exitCode: 5, value: path });
        expect(String(failed)).toMatch(
          /disk of the pool is full; everything stored before this batch is kept.*Free some space/,
        );
      }
      {
        await using pool = await openPool(path);
        const { size, tokens } = (await pool.samples(KEY, [promptOf("p")], 1e6)).get("p")!;
        expect(size).toBe(stored);
        expect([...tokens]).toEqual(Array.from({ length: stored }, (_, i) => 1 + (i % 7)));
      }
      await append(path, stored);
      rmSync(path, { recursive: true });
    },
  );

  it(
    "too small for a pool: one clear error, and the pool is made once there is room",
    { timeout: 240_000 },
    async () => {
      const path = join(disk, "small");
      {
        using _ = crowd(20);
        await expect(openPool(path)).rejects.toMatchObject({ code: "disk-full", exitCode: 5 });
      }
      await append(path, 0);
    },
  );
});

/** 8 KB that PostgreSQL cannot compress. */
function noise(): string {
  return Array.from({ length: 400 }, () => Math.random()).join(" ");
}

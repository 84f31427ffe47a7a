import { existsSync, readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { readRun } from "@touchstone/report";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { Cli, dataOf, jsonOf, refusal, touchstone } from "./cli.ts";
import { comparable } from "./tables.ts";
import { makeWorld, type World } from "./world.ts";

vi.setConfig({ testTimeout: 300_000 });

let world: World;
let large: readonly string[];

beforeAll(async () => {
  world = await makeWorld();
  // Seconds of drawing and of deciding, so that a signal finds them under way.
  large = [
    ...world.what,
    "--limit=60",
    "--pool-size=128",
    "--max-tokens=64",
    "--budgets=1,2,4,8,16,32",
    "--name=large",
  ];
});
afterEach(() => Cli.endAll());
afterAll(() => world[Symbol.dispose]());

/** Ctrl-C now: how it ended and how long that took. */
async function press(cli: Cli) {
  const pressed = performance.now();
  cli.signal("SIGINT");
  const ended = await cli.ended();
  return { ...refusal(ended), seconds: (performance.now() - pressed) / 1000, leftBehind: cli.leftBehind };
}

const STOPPED = {
  exitCode: 130,
  message: expect.stringMatching(/^interrupted: Stopped during .*; everything finished before is kept\./) as string,
  leftBehind: false,
};

describe("Ctrl-C ends the command within two seconds, with one message and code 130", () => {
  test.each([
    ["loading", /^Loading/m],
    ["drawing", /^draw .*: [1-9].* of/m],
    ["evaluating", /^evaluate/m],
    ["writing the report", /^Writing/m],
  ])("while %s; then the pool can be used again", async (_, line) => {
    const cli = new Cli(["run", ...large, ...world.where]);
    await cli.says(line);
    const { seconds, ...ended } = await press(cli);
    expect(ended).toEqual(STOPPED);
    expect(seconds).toBeLessThan(2);
    const checked = await jsonOf<{ checks: { name: string; state: string }[] }>("doctor", "--pool", world.pool);
    expect(checked.checks.find(({ name }) => name === "pool")).toMatchObject({ state: "ok" });
  });
});

test("claims that are stopped say to run them again, and leave no half run behind", async () => {
  const out = join(world.folder, "claims");
  const where = ["--pool", join(world.folder, "claims-pool"), "--out", out];
  const cli = new Cli(["claims", "certainty-2", "--limit=40", ...where]);
  await cli.says(/^draw .*: [1-9].* of/m);
  const { seconds, ...ended } = await press(cli);
  expect(ended).toMatchObject({ exitCode: 130, leftBehind: false });
  expect(ended.message).toMatch(/^interrupted: .* Run the same command again: it finds what was drawn in the pool\.$/);
  expect(seconds).toBeLessThan(2);
  expect(await dataOf("ls", "runs", "--out", out)).toBe("");
  expect(readdirSync(out)).toEqual([]);
});

test("a key press that is delivered twice is one press", async () => {
  const cli = new Cli(["run", ...large, ...world.where, "--seed=1"]);
  await cli.says(/^draw .*: [1-9].* of/m);
  cli.signal("SIGINT");
  const { seconds, ...ended } = await press(cli);
  expect(ended).toEqual(STOPPED);
  expect(seconds).toBeLessThan(2);
});

describe("work that does not end when it is told to", () => {
  const HOLD = fileURLToPath(new URL("./child-hold.ts", import.meta.url));

  test("is ended by a second press, but not by the same press delivered twice", async () => {
    const cli = new Cli(["600000"], HOLD);
    await cli.says(/holding/);
    cli.signal("SIGINT");
    cli.signal("SIGINT");
    await setTimeout(800);
    expect(cli.leftBehind).toBe(true);
    expect(await press(cli)).toMatchObject({ ...STOPPED, message: expect.stringMatching(/Stopped during holding/) });
  });

  test("is ended when patience is over", async () => {
    const cli = new Cli(["100"], HOLD);
    await cli.says(/holding/);
    expect(await press(cli)).toMatchObject(STOPPED);
  });
});

test("a run that is killed while it draws resumes to the tables of an undisturbed run", async () => {
  const [pool, out] = [join(world.folder, "killed-pool"), join(world.folder, "killed-runs")];
  const cli = new Cli(["run", ...large, "--pool", pool, "--out", out]);
  await cli.says(/^draw .*: [1-9].* of/m);
  cli.signal("SIGKILL");
  await cli.ended();

  const run = readdirSync(out)[0]!;
  expect(existsSync(join(out, run, "manifest.json"))).toBe(false);
  expect(await dataOf("ls", "runs", "--out", out)).toMatch(new RegExp(`^${run} +unfinished`));
  const resumed = await touchstone("resume", run, "--out", out);
  expect(resumed.code).toBe(0);
  expect(resumed.stdout).toMatch(/^Run: .*large-/m);

  const whole = await jsonOf<{ run: string }>(
    "run",
    ...large,
    "--pool",
    join(world.folder, "whole-pool"),
    "--out",
    out,
  );
  expect(await comparable(join(out, run))).toEqual(await comparable(whole.run));
  const { manifest } = await readRun(join(out, run));
  expect(manifest.pool).toMatchObject({ samples: 60 * 128, drawn_in_this_run: 60 * 128 });
  expect(manifest.run).toBe(basename(run));
});

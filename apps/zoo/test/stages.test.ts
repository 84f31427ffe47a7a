import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { runStages, type Stage } from "../src/stages.ts";

let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "touchstone-zoo-"));
});
afterEach(() => rm(folder, { recursive: true }));

/** Three stages that note their work; `second` fails once, as a killed process would leave it. */
function stages(): { readonly list: Stage[]; readonly worked: string[] } {
  const worked: string[] = [];
  let broken = true;
  const stage = (name: string, onRequest = false): Stage => ({
    name,
    onRequest,
    isDone: async () => worked.includes(name),
    run: async () => {
      if (name === "second" && broken) {
        broken = false;
        throw new Error("killed");
      }
      worked.push(name);
    },
  });
  return { list: [stage("first"), stage("second"), stage("trial", true), stage("third")], worked };
}

const run = (list: Stage[], only?: string) =>
  runStages(list, join(folder, "zoo.log"), new AbortController().signal, only);

it("goes on with the stage it was stopped in, and does not repeat what is done", async () => {
  const { list, worked } = stages();
  await expect(run(list)).rejects.toThrow("killed");
  await run(list);
  expect(worked).toEqual(["first", "second", "third"]);
  expect(await readFile(join(folder, "zoo.log"), "utf8")).toContain("first: done before");
});

it("runs a trial only by name", async () => {
  const { list, worked } = stages();
  await run(list, "trial");
  expect(worked).toEqual(["trial"]);
});

it("names the stages when asked for one that is not there", async () => {
  await expect(run(stages().list, "fourth")).rejects.toThrow(
    "unknown-stage: The training has no stage of this name. Received: fourth. Stages: first, second, trial, third.",
  );
});

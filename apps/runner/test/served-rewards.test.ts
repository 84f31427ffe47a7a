import { readFileSync } from "node:fs";
import { tableOf } from "@touchstone/report";
import { startModelServer } from "@touchstone/testkit/model-server";
import { afterAll, expect, test, vi } from "vitest";
import { Cli, jsonOf, refusal, touchstone } from "./cli.ts";
import { makeWorld, type World } from "./world.ts";

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const world: World = await makeWorld();
afterAll(() => {
  Cli.endAll();
  world[Symbol.dispose]();
});

test("a run rewards by a model of its own, by one behind a server, and by asking the policy", async () => {
  await using server = await startModelServer({
    flavour: "vllm",
    models: [{ name: "org/rm", folder: world.reward, role: "reward-model" }],
  });
  const { results, manifest } = await jsonOf<{ results: string; manifest: string }>(
    "run",
    ...world.what,
    `--reward-model=${server.url}#org/rm?as=classify,${world.policy}?as=genrm`,
    ...world.where,
    "--limit=2",
    "--quiet",
  );
  const rows = tableOf("results.csv", readFileSync(results, "utf8")).filter(({ method }) => method === "best-of-n");
  const of = (name: string) => rows.filter((row) => row["reward_model"] === name);
  expect(of("org/rm?as=classify")).toHaveLength(of("reward").length);
  expect(of("policy?as=genrm")).toHaveLength(of("reward").length);
  // The same weights here and there choose the same responses.
  const chosen = (name: string) =>
    of(name).map(({ metric, budget, estimate }) => [metric, budget, Number(estimate).toFixed(3)]);
  expect(chosen("org/rm?as=classify")).toEqual(chosen("reward"));
  const { models } = JSON.parse(readFileSync(manifest, "utf8")) as { models: { name: string; path: string }[] };
  expect(models.find(({ name }) => name === "org/rm?as=classify")!.path).toBe(`${server.url}#org/rm`);
});

test("a judge is no reward model", async () => {
  const some = ["run", ...world.what, ...world.where, "--quiet"];
  const judge = refusal(await touchstone(...some, `--reward-model=${world.policy}?as=judge`));
  expect(judge).toMatchObject({
    exitCode: 2,
    message: expect.stringMatching(/^not-a-reward-model: A judge/) as string,
  });
});

import type { ModelCapabilities } from "@touchstone/core";
import { expect, test } from "vitest";
import { evaluate, fill, planRun, type RunSetting } from "../src/index.ts";
import { countedPolicy, liveSetting } from "./live-world.ts";
import { best, filePool, vote } from "./toy-world.ts";

const store = filePool();

/** Messages in, text and log-probabilities out. */
const CHAT: ModelCapabilities = {
  continuation: false,
  score: false,
  embed: false,
  tokenStatistics: "top-k",
  seeds: false,
  tokens: false,
};

const WANTED = "token ids of responses";

function policies() {
  const [policy, behind] = [countedPolicy(), countedPolicy()];
  const identity = { ...behind.identity, name: "behind a server", revision: "served" };
  return { policy, served: { ...behind, identity, capabilities: CHAT } };
}

/** A walker, which continues responses, and others, which do not. */
function setting(models: RunSetting["models"]): RunSetting {
  const live = liveSetting(store.pool, {
    seeds: [1],
    budgets: { amounts: [4] },
    methods: ["walker", best.name, vote.name],
  });
  return { ...live, models, suite: { ...live.suite, models: [...models.keys()] } };
}

test("a method that no model of the suite can serve is refused before anything is drawn, by the name of what is missing", async () => {
  const { served } = policies();
  const planning = planRun(setting(new Map([["served", served]])));
  await expect(planning).rejects.toMatchObject({ code: "missing-capability", value: WANTED });
  await expect(planning).rejects.toThrow(/^missing-capability: The method walker.* cannot be run on behind a server/);
});

test("beside a model that can serve it, it abstains, says why, and asks for nothing", async () => {
  const { policy, served } = policies();
  const both = setting(
    new Map([
      ["toy", policy],
      ["served", served],
    ]),
  );
  expect((await planRun(both)).notes).toContain(
    `walker abstains on behind a server, whose server does not give it ${WANTED}.`,
  );
  await fill(both);
  expect(policy.calls.samples).toBeGreaterThan(0);
  expect(served.calls.samples).toBe(0);
  const { results, diagnostics } = await evaluate(both);
  const accuracy = results.filter(({ metric }) => metric === "accuracy");
  const walked = (model: string) => accuracy.find((row) => row.method === "walker" && row.model === model)!;
  expect(walked(policy.identity.name).abstained).toBe(0);
  expect(walked("behind a server").abstained).toBe(1);
  expect(walked("behind a server").completion_tokens).toBe(0);
  expect(JSON.stringify(diagnostics)).toContain(`its server does not give it ${WANTED}`);
  // The others decide on both.
  const others = accuracy.filter(({ kind, method }) => kind === "method" && method !== "walker");
  expect(others.length).toBeGreaterThan(0);
  expect(others.every(({ abstained }) => abstained! < 1)).toBe(true);
});

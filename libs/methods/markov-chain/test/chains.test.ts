import type { Budget, DeclaredVariant, Decision, Drawn, Procedure, ProblemView } from "@touchstone/core";
import { randomConditional, ToyAccess, toyPolicy, toyReward } from "@touchstone/testkit";
import { expect, test } from "vitest";
import { powerSampling, qalign, quest } from "../src/index.ts";

interface Setting {
  readonly budget: Budget;
  readonly problems?: number;
  readonly maxTokens?: number;
  readonly reward?: (prompt: string, text: string) => number;
  readonly rewardScale?: number;
}

const samples = (amount: number): Budget => ({ unit: "samples", amount, scope: "problem" });

/** An access that counts calls of its model. */
function open({ budget, problems = 1, maxTokens = 6, reward = (_, text) => text.length, rewardScale = 1 }: Setting) {
  const vocabulary = ["1", "2", "\n"];
  const policy = toyPolicy({ vocabulary, conditional: randomConditional(3, vocabulary.length) });
  let calls = 0;
  const counting = {
    ...policy,
    sample: (...given: Parameters<typeof policy.sample>) => {
      calls++;
      return policy.sample(...given);
    },
  };
  const access = new ToyAccess({
    policy: counting,
    rewardModels: [toyReward("reward", reward)],
    problems: Array.from({ length: problems }, (_, i): ProblemView => ({
      id: `p-${i}`,
      messages: [{ role: "user", content: `question ${i}` }],
      cluster: "c",
      split: "test",
    })),
    extract: (text) => /[12](?=[^12]*$)/.exec(text)?.[0],
    budget,
    decoding: { temperature: 1, topK: 0, topP: 1, maxTokens, stop: [] },
    seed: 4,
    rewardScale,
  });
  return { access, calls: () => calls };
}

const decide = (procedure: Procedure, access: ToyAccess, parameters: object = {}) =>
  procedure.decide(access.problems, access, procedure.parameters.parse(parameters), undefined);

function decided(decision: Decision | undefined): Extract<Decision, { kind: "decided" }> {
  if (decision?.kind !== "decided") throw new Error(`expected a decision, received ${JSON.stringify(decision)}`);
  return decision;
}

test.each([qalign, quest, powerSampling])(
  "$name: 64 chains of T steps make T + 1 calls of the model",
  async (procedure) => {
    const { access, calls } = open({ budget: samples(17), problems: 64 });
    await decide(procedure as Procedure, access);
    expect(calls()).toBe(17);
    expect(access.problems.every(({ id }) => access.ledger(id).samples === 17)).toBe(true);
  },
);

test("independent proposals are drawn in one call and continue nothing", async () => {
  const { access, calls } = open({ budget: samples(33), problems: 64 });
  const [decision] = await decide(qalign, access, { kernel: "independence" });
  expect(calls()).toBe(1);
  expect(decided(decision).diagnostics).toMatchObject({ chain_steps: 32, kept_prefix_share: 0 });
  const { continues } = qalign.needs;
  if (typeof continues !== "function") throw new Error("whether qalign continues depends on its kernel");
  const kernels = ["token", "line", "independence"] as const;
  expect(kernels.map((kernel) => continues({ kernel } as never))).toEqual([true, true, false]);
});

test("a smaller budget is the beginning of the same chain", async () => {
  const drawnWith = async (amount: number) => {
    const { access } = open({ budget: samples(amount) });
    await decide(qalign, access);
    return access.drawnFor("p-0");
  };
  expect((await drawnWith(40)).slice(0, 12)).toEqual(await drawnWith(12));
});

test("equal rewards accept all but for the count of cuts, and a constant trace has no effective size", async () => {
  const { access } = open({ budget: samples(200), reward: () => 2 });
  const [decision] = await decide(qalign, access, { kernel: "independence" });
  expect(decided(decision).diagnostics).toMatchObject({ acceptance_rate: 1, final_reward: 2 });
  expect(decided(decision).diagnostics!["effective_sample_size"]).toBeNaN();
});

test("a proposal without a reward is rejected and counted", async () => {
  const { access } = open({
    budget: samples(60),
    reward: (_, text) => (text.startsWith("1") ? Number.NaN : text.length),
  });
  const [decision] = await decide(qalign, access, { beta: 100, kernel: "independence", unparsable: "vote" });
  const failed = access.drawnFor("p-0").filter(({ text }) => text.startsWith("1"));
  expect(failed.length).toBeGreaterThan(5);
  expect(decided(decision).diagnostics).toMatchObject({ failed_rewards: failed.length });
  const ids = new Set(failed.map(({ id }) => id));
  expect(decided(decision).weights.some(({ id }) => ids.has(id))).toBe(false);
});

test("beta in standard deviations is beta in rewards times the scale of the reward model", async () => {
  const run = async (parameters: object, rewardScale: number) => {
    const { access } = open({ budget: samples(50), rewardScale });
    return decide(qalign, access, parameters);
  };
  const raw = await run({ beta: 1.5 }, 3);
  expect(await run({ beta: 0.5, unit: "sd" }, 3)).toEqual(raw);
  expect(await run({ beta: 0.5, unit: "sd" }, 1)).not.toEqual(raw);
});

test("the control keeps the best of what it cut and drew again", async () => {
  const reward = (_: string, text: string) => Array.from(text).filter((character) => character === "2").length;
  const { access } = open({ budget: samples(40), reward });
  const [decision] = await decide(qalign, access, { accept: "better", answer: "best" });
  const drawn = access.drawnFor("p-0");
  const best = Math.max(...drawn.map(({ text }) => reward("", text)));
  const { weights, diagnostics } = decided(decision);
  const chosen = drawn.filter(({ id }) => weights.some((weighted) => weighted.id === id));
  expect(chosen.map(({ text }) => reward("", text))).toEqual([best]);
  expect(diagnostics).toMatchObject({ final_reward: best });
});

test.each<[string, Procedure, object]>([
  ["qalign", qalign as Procedure, {}],
  ["qalign by lines", qalign as Procedure, { kernel: "line" }],
  ["qalign with whole draws", qalign as Procedure, { kernel: "independence" }],
  ["power sampling", powerSampling as Procedure, {}],
])("%s stops before it would exceed tokens or FLOPs, and not long before", async (_, procedure, parameters) => {
  for (const unit of ["tokens", "flops"] as const) {
    const { access } = open({ budget: { unit, amount: 2000, scope: "problem" }, problems: 3 });
    await decide(procedure, access, parameters);
    expect(access.refused).toEqual([]);
    for (const problem of access.problems) {
      expect(access.spent(problem)).toBeLessThanOrEqual(2000);
      expect(access.spent(problem)).toBeGreaterThan(1600);
    }
  }
});

test("proposals of power sampling are drawn at temperature 1/alpha, without truncation", async () => {
  const { access } = open({ budget: samples(5) });
  const seen: (DeclaredVariant | undefined)[] = [];
  const watching = new Proxy(access, {
    get(target, key) {
      const value: unknown = Reflect.get(target, key, target);
      if (key !== "draw" && key !== "continue") return typeof value === "function" ? value.bind(target) : value;
      return (requests: readonly { readonly decoding?: DeclaredVariant }[]): Promise<readonly (readonly Drawn[])[]> => {
        seen.push(...requests.map(({ decoding }) => decoding));
        return (value as (given: unknown) => Promise<Drawn[][]>).call(target, requests);
      };
    },
  });
  await decide(powerSampling as Procedure, watching, { alpha: 2 });
  expect(seen).toEqual(Array.from({ length: 5 }, () => ({ temperature: 0.5, topK: 0, topP: 1 })));
});

test("the papers' numbers are the defaults, and beta is searched in standard deviations", () => {
  expect(qalign.parameters.parse({})).toMatchObject({
    beta: 0.5,
    unit: "raw",
    burnIn: 0,
    thinning: 1,
    answer: "majority",
  });
  expect(powerSampling.parameters.parse({})).toMatchObject({ alpha: 4, blockSteps: 10, answer: "last" });
  expect(qalign.search).toMatchObject({ fixed: { unit: "sd" } });
  expect(qalign.parameters.safeParse({ beta: 0 }).success).toBe(false);
});

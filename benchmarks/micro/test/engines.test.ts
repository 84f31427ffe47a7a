import { expect, it } from "vitest";
import { alternate } from "../src/measure.ts";
import { touchstone } from "../src/touchstone-engine.ts";
import { greedyTokens, transformers } from "../src/transformers-engine.ts";
import { withWorkloads } from "../src/workload.ts";

it("times both engines on the same work, in turns", { timeout: 300_000 }, async () => {
  await withWorkloads(async ({ fixture }) => {
    const short = { ...fixture, newTokens: 8 };
    const [ours, theirs] = [await touchstone(short, { tile: 2 }), await transformers(short)];
    // Three samples are two tiles of two; the fourth row was not asked for.
    expect(await ours.generate(3)).toBe(24);
    expect(await theirs.generate(3)).toBe(24);
    const speeds = await alternate(
      [
        { name: "ours", generator: ours, samples: 2 },
        { name: "theirs", generator: theirs, samples: 2 },
      ],
      3,
    );
    expect([...speeds.keys()]).toEqual(["ours", "theirs"]);
    for (const value of speeds.values()) expect(value).toBeGreaterThan(0);
    expect(ours.peakMemoryBytes()).toBeGreaterThan(theirs.peakMemoryBytes());
    expect(await greedyTokens(short)).toHaveLength(8);
    await Promise.all([ours.close(), theirs.close()]);
  });
});

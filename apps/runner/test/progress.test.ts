import type { ProgressEvent } from "@touchstone/evaluation";
import { expect, test } from "vitest";
import { clock, describe as describeEvent, progressOn, secondsLeft } from "../src/progress.ts";

const event = (changes: Partial<ProgressEvent> = {}): ProgressEvent => ({
  phase: "samples",
  subject: "arith on arith/test",
  done: 4096,
  total: 16_384,
  tokens: 123_000,
  seconds: 10,
  tokensPerSecond: 12_300,
  failed: 0,
  ...changes,
});

test("a line says what is done, how fast, and how long it will take", () => {
  expect(describeEvent(event(), 0)).toBe("draw arith on arith/test: 4,096 of 16,384, 12.3 k tokens/s, 0:30 left");
  expect(describeEvent(event({ phase: "rewards", subject: "good", failed: 2 }), 0)).toMatch(
    /^reward good: .*, 2 failed$/,
  );
});

test("time left rests on what was done since the phase began, not on what the pool held before", () => {
  // 1,000 in 10 s, and 1,000 are left.
  expect(secondsLeft(event({ done: 5000, total: 6000 }), 4000)).toBe(10);
  expect(secondsLeft(event({ done: 4000 }), 4000)).toBeUndefined();
});

test.each([
  [0.2, "0:01"],
  [59.5, "1:00"],
  [3600, "1:00:00"],
  [3661, "1:01:01"],
])("%d seconds read %s", (seconds, text) => {
  expect(clock(seconds)).toBe(text);
});

test("without a terminal, progress is whole lines: the beginning and the end of each phase", () => {
  const written: string[] = [];
  const stream = { isTTY: false, write: (text: string) => written.push(text) } as unknown as NodeJS.WriteStream;
  const { update, stop } = progressOn(stream);
  for (const done of [0, 100, 200, 300]) update(event({ done, total: 300 }));
  for (const done of [0, 10]) update(event({ phase: "rewards", subject: "good", done, total: 10 }));
  stop();
  expect(written.map((line) => line.split(",", 1)[0]!.trimEnd())).toEqual([
    "draw arith on arith/test: 0 of 300",
    "draw arith on arith/test: 300 of 300",
    "reward good: 0 of 10",
    "reward good: 10 of 10",
  ]);
  expect(written.every((line) => line.endsWith("\n") && !line.includes("\u001B"))).toBe(true);
});

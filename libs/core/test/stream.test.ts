import { expect, test } from "vitest";
import { stream } from "../src/stream.ts";

test("equal keys give equal numbers, whatever else was drawn", () => {
  const a = stream(7, "sample", "problem-1", 3);
  stream(7, "sample", "problem-2", 3).uniform();
  const b = stream(7, "sample", "problem-1", 3);
  expect([a.uniform(), a.uniform(), a.uniform()]).toEqual([b.uniform(), b.uniform(), b.uniform()]);
});

test("keys that differ in one part, its type or its place give different numbers", () => {
  const keys = [[1, "a", 2], [1, "a", 3], [1, "b", 2], [1, "a2"], ["1", "a", 2], [1, "a", 2, 0], ["1a2"], ["1", "a2"]];
  const first = keys.map((key) => stream(...key).uniform());
  expect(new Set(first).size).toBe(keys.length);
});

test("a child is the same whether or not its parent was read", () => {
  const parent = stream(1, "p");
  const before = parent.child("c").uniform();
  parent.uniform();
  expect(parent.child("c").uniform()).toBe(before);
});

test("indexed numbers do not depend on the order of reading and are exact in float32", () => {
  const s = stream(1, "indexed");
  const forward = Array.from({ length: 20 }, (_, i) => s.uniform32At(i));
  s.uniform();
  const backward = Array.from({ length: 20 }, (_, i) => s.uniform32At(19 - i)).toReversed();
  expect(backward).toEqual(forward);
  expect(forward.map(Math.fround)).toEqual(forward);
  expect(new Set(forward).size).toBe(20);
});

test("uniform numbers fill 16 equal bins evenly (chi-square, 15 degrees of freedom, below the 99.9 % quantile 37.7)", () => {
  for (const read of [
    (s: ReturnType<typeof stream>) => () => s.uniform(),
    (s: ReturnType<typeof stream>) => {
      let i = 0;
      return () => s.uniform32At(i++);
    },
  ]) {
    const next = read(stream(11, "uniformity"));
    const counts = new Array<number>(16).fill(0);
    for (let i = 0; i < 64_000; i++) counts[Math.floor(next() * 16)]!++;
    const chiSquare = counts.reduce((sum, c) => sum + (c - 4000) ** 2 / 4000, 0);
    expect(chiSquare).toBeLessThan(37.7);
  }
});

test("normal numbers have mean 0, variance 1 and kurtosis 3 within four standard errors", () => {
  const s = stream(5, "normal");
  const n = 100_000;
  let [m1, m2, m4] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    const x = s.normal();
    m1 += x / n;
    m2 += (x * x) / n;
    m4 += x ** 4 / n;
  }
  expect(Math.abs(m1)).toBeLessThan(4 * Math.sqrt(1 / n));
  expect(Math.abs(m2 - 1)).toBeLessThan(4 * Math.sqrt(2 / n));
  expect(Math.abs(m4 - 3)).toBeLessThan(4 * Math.sqrt(96 / n));
});

test("all 24 orders of four things are equally likely (chi-square, 23 degrees of freedom, below 49.7)", () => {
  const s = stream(3, "permutation");
  const counts = new Map<string, number>();
  for (let i = 0; i < 24_000; i++) {
    const order = s.permutation(4).join("");
    counts.set(order, (counts.get(order) ?? 0) + 1);
  }
  expect(counts.size).toBe(24);
  expect([...counts.values()].reduce((sum, c) => sum + (c - 1000) ** 2 / 1000, 0)).toBeLessThan(49.7);
});

test("a key refuses fractions, and integer(n) refuses n < 1", () => {
  expect(() => stream(0.5)).toThrow("whole numbers");
  expect(() => stream(1).integer(0)).toThrow("n >= 1");
});

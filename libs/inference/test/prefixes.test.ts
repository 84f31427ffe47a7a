import { expect, it } from "vitest";
import { NOWHERE, PrefixIndex } from "../src/engine/prefixes.ts";

const tokens = (...values: number[]) => Int32Array.from(values);

it("finds the longest beginning of a sequence that is kept, and where each token lies", () => {
  const index = new PrefixIndex(10);
  const first = index.put(tokens(5, 6, 7), 0);
  expect(new Set(first).size).toBe(3);
  expect(index.held(tokens(5, 6, 7, 8))).toBe(3);
  expect(index.held(tokens(5, 7))).toBe(1);
  expect(index.held(tokens(6, 7))).toBe(0);
  expect(index.take(tokens(5, 6, 9), 3)).toEqual(first.slice(0, 2));
  expect(index.take(tokens(5, 6, 7), 2)).toEqual(first.slice(0, 2));
});

it("keeps a common beginning once", () => {
  const index = new PrefixIndex(10);
  index.put(tokens(5, 6, 7), 0);
  const second = index.put(tokens(5, 6, 8, 9), 0);
  expect(Array.from(second.slice(0, 2))).toEqual([NOWHERE, NOWHERE]);
  expect(Math.min(...second.slice(2))).toBeGreaterThan(NOWHERE);
  expect(index.size).toBe(5);
  expect(index.put(tokens(5, 6, 8, 1), 3)).toHaveLength(1);
});

it("drops the longest unused, ends before beginnings, and never what the new sequence stands on", () => {
  const index = new PrefixIndex(6);
  index.put(tokens(1, 2, 3), 0);
  index.put(tokens(4, 5, 6), 0);
  index.take(tokens(1, 2), 2);
  // Room for two: the 3 was not used since, then the end of the other sequence.
  index.put(tokens(1, 2, 7, 8), 2);
  expect(index.held(tokens(1, 2, 3))).toBe(2);
  expect(index.held(tokens(4, 5, 6))).toBe(2);
  expect(index.held(tokens(1, 2, 7, 8))).toBe(4);
  expect(index.size).toBe(6);
});

it("keeps the beginning of what is longer than it can keep, and nothing of what has lost its beginning", () => {
  const index = new PrefixIndex(3);
  const places = index.put(tokens(1, 2, 3, 4, 5), 0);
  expect(places[3]).toBe(NOWHERE);
  expect(index.held(tokens(1, 2, 3, 4, 5))).toBe(3);
  index.put(tokens(9, 9, 9), 0);
  expect(index.held(tokens(1))).toBe(0);
  // As of a run that went on from three tokens that other rows of it have pushed out.
  expect(Array.from(index.put(tokens(1, 2, 3, 4), 3))).toEqual([NOWHERE]);
  expect(index.held(tokens(9, 9, 9))).toBe(3);
});

it("holds, after any sequence of uses, what a list of whole beginnings by last use holds", () => {
  // The rule written out: every beginning of a sequence is used with it, longer ones before shorter ones.
  const capacity = 12;
  const index = new PrefixIndex(capacity);
  let kept: string[] = [];
  let state = 1;
  const random = (n: number) => (state = (state * 48271) % 2147483647) % n;
  for (let i = 0; i < 400; i++) {
    const sequence = Array.from({ length: 1 + random(6) }, () => random(3));
    const beginnings = sequence.map((_, at) => sequence.slice(0, at + 1).join()).toReversed();
    kept = [...kept.filter((one) => !beginnings.includes(one)), ...beginnings].slice(-capacity);
    index.put(Int32Array.from(sequence), 0);
    expect(index.size).toBe(kept.length);
    for (const one of kept) expect(index.held(Int32Array.from(one.split(","), Number))).toBe(one.split(",").length);
  }
});

it("gives no place to two tokens that are both kept", () => {
  const index = new PrefixIndex(7);
  const at = new Map<number, string>();
  for (let i = 0; i < 50; i++) {
    const sequence = tokens(i % 3, i % 5, i % 2, i);
    for (const [t, place] of index.put(sequence, 0).entries()) {
      if (place !== NOWHERE) at.set(place, sequence.slice(0, t + 1).join());
    }
    const places = index.take(sequence, 4);
    expect(Array.from(places, (place) => at.get(place))).toEqual(
      Array.from(places.keys(), (t) => sequence.slice(0, t + 1).join()),
    );
  }
});

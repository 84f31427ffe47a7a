import { stream } from "@touchstone/core";
import { expect, test } from "vitest";
import { ascendingOrder } from "../src/index.ts";

test.each([1, 2, 7, 48, 49, 300])("%i values are ordered, equal ones as they came", (size) => {
  const random = stream(3, "order", size);
  const values = Float64Array.from({ length: size }, () => random.integer(1 + Math.ceil(size / 2)) - 3);
  const order = ascendingOrder(values);
  expect([...order].toSorted((a, b) => a - b)).toEqual(Array.from({ length: size }, (_, i) => i));
  for (let k = 1; k < size; k++) {
    const [before, after] = [order[k - 1]!, order[k]!];
    expect(values[before]! < values[after]! || (values[before] === values[after] && before < after)).toBe(true);
  }
});

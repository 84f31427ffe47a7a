import { expect, test } from "vitest";
import { forwardFlops, Ledger } from "../src/ledger.ts";

test("seconds are known only while every entry has them", () => {
  const ledger = new Ledger();
  ledger.add({ samples: 2, seconds: 1 });
  ledger.add({ samples: 3, seconds: 2 });
  expect(ledger.total).toMatchObject({ samples: 5, seconds: 3 });
  ledger.add({ samples: 1 });
  expect(ledger.total.seconds).toBeUndefined();
  ledger.add({ seconds: 4 });
  expect(ledger.total.seconds).toBeUndefined();
});

test("FLOPs are the same whether tokens are counted in one pass or one by one after a cache", () => {
  const size = { total: 1000, active: 900, attentionWidth: 64 };
  const oneByOne = [0, 1, 2, 3, 4].reduce((sum, context) => sum + forwardFlops(size, context, 1), 0);
  expect(forwardFlops(size, 0, 5)).toBe(oneByOne);
  // 5 tokens × 2 × 900, and (1+2+3+4+5) attended × 4 × 64
  expect(oneByOne).toBe(5 * 2 * 900 + 15 * 4 * 64);
});

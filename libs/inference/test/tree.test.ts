import { readFileSync } from "node:fs";
import { expect, it } from "vitest";

it("has a single copy of onnxruntime-node, of the version that samples are keyed by", () => {
  const lock = JSON.parse(readFileSync(new URL("../../../package-lock.json", import.meta.url), "utf8")) as {
    packages: Record<string, { version?: string }>;
  };
  const copies = Object.entries(lock.packages).filter(([path]) => path.endsWith("node_modules/onnxruntime-node"));
  expect(copies.map(([path, { version }]) => [path, version])).toEqual([["node_modules/onnxruntime-node", "1.30.0"]]);
});

import { join } from "node:path";
import { startModelServer, type Flavour } from "@touchstone/testkit/model-server";
import { languageModelContract } from "@touchstone/testkit/vitest";
import { openServedModel } from "../src/openai/index.ts";

const ARITH = join(import.meta.dirname, "../../../models/arith");
// TGI scores text alone, in which the token that ends a response does not stand: it keeps every other law.
const FLAVOURS: readonly Flavour[] = ["vllm", "sglang", "llama.cpp", "openai"];

for (const flavour of FLAVOURS) {
  languageModelContract(`served as by ${flavour}`, async () => {
    const server = await startModelServer({ flavour, models: [{ name: "arith", folder: ARITH }] });
    const model = await openServedModel({ url: `${server.url}/v1`, model: "arith" });
    const close = async () => {
      await model.close();
      await server[Symbol.asyncDispose]();
    };
    return new Proxy(model, { get: (target, key) => (key === "close" ? close : bound(target, key)) });
  });
}

/** Methods keep the object that they belong to. */
function bound<T extends object>(target: T, key: string | symbol): unknown {
  const value: unknown = Reflect.get(target, key, target);
  return typeof value === "function" ? (value.bind(target) as unknown) : value;
}

import { conductTiny } from "./tiny.ts";

// Says what it does, a line each, for a test that ends it without warning.
await conductTiny(process.argv[2]!, ({ spec, doing, step, found }) => {
  console.log(`${spec?.label ?? "base"} ${spec?.role ?? ""} ${doing} ${step} ${found ? "found" : "made"}`);
});

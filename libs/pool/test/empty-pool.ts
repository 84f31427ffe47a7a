import { cpSync } from "node:fs";
import { afterAll } from "vitest";
import { openPool } from "../src/index.ts";
import { temporaryFolder } from "./fixtures.ts";

let template: Promise<ReturnType<typeof temporaryFolder>> | undefined;
afterAll(async () => (await template)?.[Symbol.dispose]());

/** A folder with an empty pool, closed. Making the first one takes seconds; the others of a test file are copies of it. */
export async function emptyPool(): Promise<ReturnType<typeof temporaryFolder>> {
  template ??= makePool();
  const folder = temporaryFolder();
  cpSync((await template).path, folder.path, { recursive: true });
  return folder;
}

async function makePool(): Promise<ReturnType<typeof temporaryFolder>> {
  const made = temporaryFolder();
  await (await openPool(made.path)).close();
  return made;
}

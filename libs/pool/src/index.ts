export { inspectPool } from "./folder.ts";
export type { PoolFolder } from "./folder.ts";
export { gradingHash, modelHash, poolKeyHash, promptHash } from "./key.ts";
export type { LockOwner } from "./lock.ts";
export { openPool } from "./pool.ts";
export { POOL_VERSION } from "./schema.ts";
export * from "./types.ts";

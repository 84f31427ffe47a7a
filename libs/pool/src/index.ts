export { gradingHash, poolKeyHash, promptHash, rewardModelHash } from "./key.ts";
export * from "./types.ts";

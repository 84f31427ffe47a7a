import type { Backend } from "@touchstone/core";

/** Backends beside the built-in ones: `name:address` leads to a model of the one that stands here. */
export const BACKENDS: readonly Backend[] = [];

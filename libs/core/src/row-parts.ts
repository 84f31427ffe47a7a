import { z } from "zod";

/** Cells of tables. */
export const text = z.string();
export const count = z.number().int().nonnegative();
/** An absent number is `null` here and an empty cell in a file; NaN never appears. */
export const maybe = z.number().nullable();

/**
 * A column of experiments' tables: the deliberate flaws of the reward models that a row stands on, as the models' own configurations call
 * them; null where they have none.
 */
export const planted = text.nullable();

import { z } from "zod";

const aFunction = z.custom<(...given: never[]) => unknown>(
  (value) => typeof value === "function",
  "must be a function",
);

const face = z.looseObject({
  name: z.string().regex(/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/, "must be lower-case words joined by dashes"),
  summary: z.string().min(1),
  reference: z.looseObject({ title: z.string(), authors: z.string(), year: z.number() }),
  needs: z.looseObject({ rewards: z.enum(["none", "one", "all"]), answers: z.boolean() }),
  parameters: z.looseObject({ parse: aFunction, safeParse: aFunction }),
});

const method = z.discriminatedUnion("kind", [
  z.looseObject({ ...face.shape, kind: z.literal("selector"), select: aFunction, expectation: aFunction.optional() }),
  z.looseObject({ ...face.shape, kind: z.literal("procedure"), decide: aFunction, fit: aFunction.optional() }),
]);

/** What keeps a value from having the shape of a method, or undefined. Types of packages in JavaScript were checked by nobody. */
export function methodFault(value: unknown): string | undefined {
  const { error } = method.safeParse(value);
  return error?.issues.map(({ path, message }) => `${path.join(".") || "it"}: ${message}`).join("; ");
}

import { TouchstoneError, type Extractor, type Grader } from "@touchstone/core";

/** For responses that are no answers to a question with one: every response is unparsable, so votes abstain. */
export const noAnswer: Extractor = { name: "none", extract: () => ({ kind: "unparsable" }) };

/**
 * The correctness that an imported file recorded. Those grades lie in the pool beside their samples; nothing can be graded
 * anew, so grading throws `grade-not-recorded`.
 */
export const recorded: Grader = {
  name: "recorded",
  grade({ id }) {
    throw new TouchstoneError({
      code: "grade-not-recorded",
      family: "pool",
      what: "This dataset knows the correctness of its imported samples only, and the pool lacks that of one.",
      value: id,
      fix: "Import the file again into this pool, or map a reference and name a grader that can judge responses.",
    });
  },
};

import { defineClaim } from "@touchstone/evaluation/claims";
import { SAMPLES } from "./settings/instruct.ts";

export default defineClaim({
  id: "laser-5",
  paper: "LASeR",
  sentence: "Its choice depends on the instance.",
  comparison: "mutual information of the chosen reward model and the kind of constraint, against permutations",
  metric: "bits",
  delta: 0.01,
  verdictOf: "validation",
  measure: {
    kind: "information",
    cases: [
      {
        setting: SAMPLES,
        cell: { method: "laser", budget: 16 },
        // A problem's kind is the family that most of its constraints are of; `mixed` where two have as many.
        families: {
          form: ["capitals", "mark", "lines", "width", "commas"],
          words: ["avoid", "repeat", "order", "use", "begin", "end"],
          length: ["least", "most"],
        },
        permutations: 1000,
      },
    ],
  },
});

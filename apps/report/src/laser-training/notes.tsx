import type { LaserTrainingPageData } from "@touchstone/report";
import { flawsOf } from "./words.ts";

/** Law 10's word beside what rules with flawed reward models among their arms came to; nothing where there is none. */
export function FlawNote({ data }: { data: LaserTrainingPageData }) {
  const flaws = flawsOf(data);
  if (flaws.size === 0) return null;
  return (
    <p class="key-line">
      Among the reward models, with a <strong>planted flaw</strong>:{" "}
      {[...flaws].map(([model, flaw]) => `${model} (${flaw})`).join("; ")}.
    </p>
  );
}

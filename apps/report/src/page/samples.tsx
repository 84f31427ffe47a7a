import type { PageLook } from "@touchstone/report";
import { fixed } from "@touchstone/report/view";
import { useState } from "preact/hooks";
import { Answer, isRight, LONG } from "./text.tsx";

type Sample = PageLook["samples"][number];
type Grade = "all" | "right" | "wrong";

const FIRST = 6;

/** The samples of a problem, by the order in which they were drawn or by a reward. */
export function SampleList({ look }: { look: PageLook }) {
  const rewardModels = [...new Set(look.samples.flatMap((sample) => Object.keys(sample.rewards)))];
  const [order, setOrder] = useState("");
  const [grade, setGrade] = useState<Grade>("all");
  const [all, setAll] = useState(false);
  const wanted = look.samples
    .filter((sample) => grade === "all" || (grade === "right") === isRight(sample.grade))
    .toSorted((a, b) => (order === "" ? a.index - b.index : reward(b, order) - reward(a, order)));
  const shown = all ? wanted : wanted.slice(0, FIRST);
  return (
    <div class="samples">
      <h3>Samples</h3>
      <p class="controls">
        <label>
          Show{" "}
          <select
            aria-label="Grade of the samples shown"
            value={grade}
            onChange={(event) => setGrade(event.currentTarget.value as Grade)}
          >
            <option value="all">all</option>
            <option value="right">correct ones</option>
            <option value="wrong">wrong ones</option>
          </select>
        </label>
        <label>
          by{" "}
          <select
            aria-label="Order of the samples"
            value={order}
            onChange={(event) => setOrder(event.currentTarget.value)}
          >
            <option value="">order drawn</option>
            {rewardModels.map((name) => (
              <option key={name} value={name}>
                reward of {name}
              </option>
            ))}
          </select>
        </label>
      </p>
      {wanted.length === 0 && <p class="lead">None among the samples shown here.</p>}
      <ol>
        {shown.map((sample) => (
          <SampleCard key={sample.index} sample={sample} />
        ))}
      </ol>
      {wanted.length > FIRST && (
        <button type="button" class="more" onClick={() => setAll(!all)}>
          {all ? "Show fewer" : `Show all ${wanted.length}`}
        </button>
      )}
    </div>
  );
}

function verdict(grade: number | null): string {
  const right = isRight(grade);
  return right === null ? "no gold" : right ? "correct" : "wrong";
}

function SampleCard({ sample }: { sample: Sample }) {
  return (
    <li>
      <p class="sample-head">
        <span class="index">#{sample.index}</span>
        {(sample.answer ?? "").length <= LONG && <Answer answer={sample.answer} correct={isRight(sample.grade)} />}
        <span>{verdict(sample.grade)}</span>
        {sample.finish === "length" && <span>cut at the length cap</span>}
      </p>
      <pre>{sample.text}</pre>
      <dl>
        {Object.entries(sample.rewards).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value === null ? "failed" : fixed(value, 2)}</dd>
          </div>
        ))}
        <div>
          <dt>log p</dt>
          <dd>{sample.log_probability === null ? "not recorded" : fixed(sample.log_probability, 1)}</dd>
        </div>
        <div>
          <dt>tokens</dt>
          <dd>{sample.tokens === 0 ? "not recorded" : sample.tokens}</dd>
        </div>
      </dl>
    </li>
  );
}

function reward(sample: Sample, model: string): number {
  return sample.rewards[model] ?? Number.NEGATIVE_INFINITY;
}

import { useState } from "preact/hooks";
import { RowLegend } from "../experiment/legend.tsx";
import { LinePanel, type Line } from "../experiment/lines.tsx";
import { BASE } from "../experiment/look.ts";
import { Section } from "../page/text.tsx";
import { FlawNote } from "./notes.tsx";
import { averageLine, type Scene } from "./scene.ts";

const METRICS = [
  ["reward", "Reward A", "trains and selects"],
  ["gold", "Gold", "what is wanted"],
  ["second_reward", "Reward B", "another teaching of the same kind; reported only"],
] as const;

/** Best-of-n of the trained policies on held-out problems, by A, gold and B. */
export function DeploymentSection({ scene }: { scene: Scene }) {
  const { data, rows, deployed, rewardModel, second } = scene;
  const [gain, show] = useState(false);
  const last = lastSteps(scene);
  const ticks = data.curves[0]?.n ?? [];
  const lineOf = (row: string, metric: string) =>
    averageLine(
      data.curves
        .filter((curve) => curve.row === row && curve.metric === metric && curve.step === last.get(row))
        .map(({ n, estimates }) => ({ x: n, y: estimates })),
    );
  return (
    <Section
      id="deployment"
      title="Deployed"
      lead={`Best-of-n by reward A (${rewardModel}) on held-out problems, J₁ to J at the largest n, exact over all subsets of the samples; mean over seeds. Training aimed at best-of-${deployed}. B is ${second}.`}
    >
      <RowLegend rows={rows} />
      <FlawNote scene={scene} />
      <p class="controls">
        <label>
          <input type="checkbox" checked={gain} onChange={(event) => show(event.currentTarget.checked)} />
          minus the base policy at the same n
        </label>
      </p>
      <div class="panels pairs">
        {METRICS.map(([metric, title, note]) => {
          const base = new Map(lineOf(BASE, metric).map(({ x, y }) => [x, y]));
          return (
            <LinePanel
              key={metric}
              title={title}
              note={note}
              x="samples n"
              y={gain ? `${lower(title)}, gained` : lower(title)}
              log={{ base: 2, ticks }}
              formatX={String}
              {...(gain ? { rules: [0] } : {})}
              whole={metric === "reward"}
              lines={[BASE, ...rows].map((row) => ({
                row,
                points: lineOf(row, metric).map(({ x, y }) => ({ x, y: gain ? y - (base.get(x) ?? Number.NaN) : y })),
              }))}
            />
          );
        })}
      </div>
    </Section>
  );
}

/** Best-of-N and best-of-1 against the KL to the base policy, along each training. */
export function DivergenceSection({ scene }: { scene: Scene }) {
  const { data, rows, deployed } = scene;
  const reward = data.curves.filter(({ metric }) => metric === "reward");
  const linesAt = (n: number): Line[] =>
    rows.map((row) => {
      const own = reward.filter((curve) => curve.row === row || curve.row === BASE);
      const moments = [...new Set(own.map(({ step }) => step))].toSorted((a, b) => a - b);
      const points = moments.flatMap((step) => {
        const at = own.filter((curve) => curve.step === step);
        const kl = averageLine(at.map((curve) => ({ x: [0], y: [curve.kl] })))[0];
        const value = averageLine(at.map((curve) => ({ x: [0], y: [curve.estimates[curve.n.indexOf(n)] ?? null] })))[0];
        return kl === undefined || value === undefined ? [] : [{ x: kl.y, y: value.y }];
      });
      return { row, points };
    });
  return (
    <Section
      id="divergence"
      title="Reward against distance"
      lead="How far each training went from the base policy (KL, nats per response, from sampled responses) and what that was worth, at every moment that was deployed; mean over seeds. Contrasts at matched KL are read between these points."
    >
      <RowLegend rows={rows} base={false} />
      <FlawNote scene={scene} />
      <div class="panels pairs">
        {[deployed, 1].map((n) => (
          <LinePanel
            key={n}
            title={`Best-of-${n}`}
            x="KL to the base policy"
            y={`reward A of best-of-${n}`}
            dots
            lines={linesAt(n)}
          />
        ))}
      </div>
    </Section>
  );
}

const CURVES = [
  ["kl", "KL", "nats per response, from some rollouts of each prompt"],
  ["entropy", "Entropy", "nats per token"],
  ["reward", "Reward", "mean reward A of the rollouts"],
  ["gradient_norm", "Gradient norm", "before clipping"],
  ["trained_share", "Share of rollouts with a gradient", "the others cost no backward pass"],
] as const;

export function TrainingSection({ scene }: { scene: Scene }) {
  const { data, rows } = scene;
  return (
    <Section
      id="training"
      title="Training"
      lead="Step by step, mean over seeds. All rows see the same prompts and the same random numbers."
    >
      <RowLegend rows={rows} base={false} />
      <FlawNote scene={scene} />
      <div class="panels pairs">
        {CURVES.map(([name, title, note]) => (
          <LinePanel
            key={name}
            title={title}
            note={note}
            x="step"
            counts
            y={lower(title)}

            lines={rows.map((row) => ({
              row,
              points: averageLine(
                data.traces
                  .filter((trace) => trace.row === row && trace.name === name)
                  .map(({ steps, values }) => ({ x: steps, y: values })),
              ),
            }))}
          />
        ))}
      </div>
    </Section>
  );
}

/** Whether rewards have the tail that tea assumes. */
export function TailSection({ scene }: { scene: Scene }) {
  const { data, rows } = scene;
  return (
    <Section
      id="tail"
      title="The tail of the rewards"
      lead="Quantiles of reward A within a problem, in the problem's own standard deviations from its mean, averaged over problems, against those of the normal law. On the dotted line the upper tail is Gaussian, which is what tea and prefix-tea assume; below it there is less to be had from many samples than they expect."
    >
      <RowLegend rows={rows} />
      <FlawNote scene={scene} />
      <div class="panels pairs">
        <LinePanel
          title="Normal-quantile plot"
          x="normal quantile"
          y="observed quantile"
          dots
          diagonal
          lines={[BASE, ...rows].map((row) => {
            const seeds = Map.groupBy(
              data.tail.filter((one) => one.row === row),
              ({ seed }) => seed,
            );
            return {
              row,
              points: averageLine(
                [...seeds.values()].map((points) => ({
                  x: points.map((point) => point.normal_quantile),
                  y: points.map((point) => point.observed_quantile),
                })),
              ),
            };
          })}
        />
      </div>
    </Section>
  );
}

/** The last moment of each row. */
function lastSteps({ data }: Scene): ReadonlyMap<string, number> {
  const steps = new Map<string, number>();
  for (const { row, step } of data.curves) steps.set(row, Math.max(step, steps.get(row) ?? 0));
  return steps;
}

/** `Reward A` → `reward A`, and `KL` as it is. */
function lower(title: string): string {
  return title.replace(/^[A-Z](?=[a-z])/, (letter) => letter.toLowerCase());
}

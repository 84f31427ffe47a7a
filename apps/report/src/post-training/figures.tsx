import { Section } from "../page/text.tsx";
import { LinePanel, RowLegend, type Line } from "./lines.tsx";
import { averageLine, BASE, type Scene } from "./scene.ts";

const METRICS = [
  ["reward", "Reward A", "trains and selects"],
  ["gold", "Gold", "what is wanted"],
  ["second_reward", "Reward B", "another teaching of the same kind; reported only"],
] as const;

/** Best-of-n of the trained policies on held-out problems, by A, gold and B. */
export function DeploymentSection({ scene }: { scene: Scene }) {
  const { data, rows, deployed, rewardModel, second } = scene;
  const last = lastSteps(scene);
  const log = data.curves[0]?.n ?? [];
  return (
    <Section
      id="deployment"
      title="Deployed"
      lead={`Best-of-n by reward A (${rewardModel}) on held-out problems, exact over all subsets of the samples; mean over seeds. Training aimed at best-of-${deployed}. B is ${second}.`}
    >
      <RowLegend scene={scene} />
      <div class="panels">
        {METRICS.map(([metric, title, note]) => (
          <LinePanel
            key={metric}
            title={title}
            note={note}
            rows={rows}
            x="samples n"
            y={title.toLowerCase()}
            log={log}
            lines={[BASE, ...rows].map((row) => ({
              row,
              points: averageLine(
                data.curves
                  .filter((curve) => curve.row === row && curve.metric === metric && curve.step === last.get(row))
                  .map(({ n, estimates }) => ({ x: n, y: estimates })),
              ),
            }))}
          />
        ))}
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
      <RowLegend scene={scene} base={false} />
      <div class="panels">
        {[deployed, 1].map((n) => (
          <LinePanel
            key={n}
            title={`Best-of-${n}`}
            rows={rows}
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
  ["reward", "Reward", "mean reward A of the rollouts"],
  ["kl", "KL", "nats per response, from some rollouts of each prompt"],
  ["entropy", "Entropy", "nats per token"],
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
      <RowLegend scene={scene} base={false} />
      <div class="panels">
        {CURVES.map(([name, title, note]) => (
          <LinePanel
            key={name}
            title={title}
            note={note}
            rows={rows}
            x="step"
            y={title.toLowerCase()}
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
      <RowLegend scene={scene} />
      <div class="panels">
        <LinePanel
          title="Normal-quantile plot"
          rows={rows}
          x="normal quantile"
          y="observed quantile"
          dots
          diagonal
          lines={[BASE, ...rows].map((row) => {
            const own = [
              ...Map.groupBy(
                data.tail.filter((one) => one.row === row),
                ({ seed }) => seed,
              ).values(),
            ];
            return {
              row,
              points: averageLine(
                own.map((points) => ({
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

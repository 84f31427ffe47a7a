import type { Scene } from "./scene.ts";

/** Every table with prefix-tea says whose its layout is, and what was trained on a planted flaw says so. */
export function ProvenanceNote({ scene }: { scene: Scene }) {
  const { data, rows } = scene;
  return (
    <>
      <FlawNote scene={scene} />
      <p class="key-line">
        {rows.some((row) => row.startsWith("prefix-tea")) && (
          <strong>The layout of prefix-tea is our reconstruction, not the paper’s. </strong>
        )}
        {data.manifest.provenance
          .filter(({ row }) => rows.includes(row))
          .map(({ row, says }) => `${row}: ${says}`)
          .join("; ")}
        .
      </p>
    </>
  );
}

/** Law 10's word beside what was trained on, selected by or reported with a reward model that has a planted flaw; nothing without one. */
export function FlawNote({ scene: { planted, rewardModel, secondPlanted, second } }: { scene: Scene }) {
  if (planted === null && secondPlanted === null) return null;
  const flaws = [
    ...(planted === null ? [] : [`Reward A, ${rewardModel}, has a planted flaw: ${planted}.`]),
    ...(secondPlanted === null ? [] : [`Reward B, ${second}, has a planted flaw: ${secondPlanted}.`]),
  ];
  return (
    <p class="key-line">
      <strong>{flaws.join(" ")}</strong>
    </p>
  );
}

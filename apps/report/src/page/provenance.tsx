import type { PageData } from "@touchstone/report";
import { compact, whole } from "@touchstone/report/view";
import type { ComponentChildren } from "preact";
import { Planted, Scroll, Section } from "./text.tsx";

/** The manifest: enough to know what was run, and to run it again. */
export function ProvenanceSection({ run }: { run: PageData }) {
  const { manifest } = run;
  const { machine, touchstone } = manifest;
  const seconds = manifest.ended === null ? null : (Date.parse(manifest.ended) - Date.parse(manifest.started)) / 1000;
  return (
    <Section id="made" title="How it was made">
      <p class="lead">The command, in a clone at the commit below:</p>
      <pre class="command">
        <code>./touchstone {manifest.argv.map(quoted).join(" ")}</code>
      </pre>
      <dl class="manifest">
        <Fact name="Run">{manifest.run}</Fact>
        <Fact name="Commit">
          <code>{touchstone.commit ?? "unknown"}</code>
          {touchstone.dirty && " with uncommitted changes"}
        </Fact>
        <Fact name="Touchstone">
          {touchstone.version}; lock <Hash of={touchstone.lock_sha256} />
        </Fact>
        <Fact name="Machine">
          {machine.cpu}, {machine.cores} cores, {compact(machine.memory_bytes)}B memory, {machine.platform}
        </Fact>
        <Fact name="Runtime">
          Node {machine.node}, ONNX Runtime {machine.onnxruntime}, device {machine.device}
        </Fact>
        <Fact name="Time">
          {manifest.started} to {manifest.ended ?? "unfinished"}
          {seconds !== null && ` (${whole(seconds)} s)`}
        </Fact>
        {manifest.method_packages?.map(({ name, version, entry_sha256, methods }) => (
          <Fact key={name} name="Methods from outside">
            {methods.join(", ")} of {name} {version}; entry file <Hash of={entry_sha256} />
          </Fact>
        ))}
        <Fact name="Seeds">{manifest.seeds.join(", ")}</Fact>
        <Fact name="Pool">
          {whole(manifest.pool.samples)} samples in {manifest.pool.location}, {whole(manifest.pool.drawn_in_this_run)}{" "}
          of them drawn in this run
        </Fact>
      </dl>
      <h3>Models and data</h3>
      <ModelTable run={run} />
      <h3>Statistical conventions</h3>
      <p class="prose">
        The unit of analysis is the problem. A method’s estimate on a problem is its expectation over random subsets of
        the problem’s pool, drawn without replacement at the budget’s size: exact where a closed form exists (best-of-n,
        the oracle), otherwise over random subsets with a recorded seed, whose Monte-Carlo error is a column of its own.
        The estimate of a cell is the mean over problems; its standard error is clustered by the problems’ source
        (template, passage) with the C/(C − 1) correction, and its 95 % interval uses Student’s t with C − 1 degrees of
        freedom. Abstentions count as wrong; what is undefined is left empty and never taken for zero.
      </p>
      <p class="prose">
        Methods are compared with the best of their group at the same budget by the mean of paired differences on the
        same problems, with the same clustered error, and two-sided p values adjusted by Holm within the group and
        budget. A method is in the tied set where its adjusted p is at least 0.05: that it is tied does not say that it
        is equal, and the detectable difference (power 0.8, level 0.05) says how much could have gone unseen. A reward
        model is a proxy and never grades; only the reference answers do. A flaw that was planted in a built-in reward
        model is called planted wherever the model appears.
      </p>
      <details>
        <summary>The suite as resolved</summary>
        <pre>{JSON.stringify(manifest.suite_resolved, null, 2)}</pre>
      </details>
      <details>
        <summary>The whole manifest</summary>
        <pre>{JSON.stringify(manifest, null, 2)}</pre>
      </details>
      <p class="note">
        This page carries its data and asks nothing of a network. Beside it lie results.csv, questions.csv,
        comparisons.csv, diagnostics.csv, {run.ledger ? "ledger.csv, " : ""}
        {run.tuning?.length ? "tuning.csv, " : ""}
        {run.traces?.length ? "curves.csv, " : ""}
        {run.allocation?.length ? "allocation.csv, " : ""}
        samples.json and manifest.json, from which every figure can be drawn again.
      </p>
    </Section>
  );
}

function ModelTable({ run }: { run: PageData }) {
  const { models, datasets } = run.manifest;
  return (
    <Scroll label="Models and data">
      <table>
        <caption class="sr-only">Models and data sets with their hashes</caption>
        <thead>
          <tr>
            {["What", "Role", "Size", "Licence and files (sha256)"].map((name, i) => (
              <th key={name} scope="col" class={i === 0 ? "text sticky" : "text"}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {models.map((model) => (
            <tr key={`${model.role} ${model.name}`}>
              <th scope="row" class="sticky">
                {model.name}
              </th>
              <td class="text">
                {model.role} <Planted flaw={model.planted} />
                {model.planted !== null && <small class="flaw">{model.planted}</small>}
              </td>
              <td class="text">
                {model.parameters_total === null || model.parameters_active === null
                  ? "size not recorded"
                  : `${compact(model.parameters_total)} parameters, ${compact(model.parameters_active)} active`}
              </td>
              <td class="text">
                <Files files={model.files_sha256} />
              </td>
            </tr>
          ))}
          {datasets.map((dataset) => (
            <tr key={`${dataset.name} ${dataset.split}`}>
              <th scope="row" class="sticky">
                {dataset.name}
              </th>
              <td class="text">dataset, {dataset.split}</td>
              <td class="text">
                {dataset.problems} problems, {dataset.clusters} clusters
              </td>
              <td class="text">
                {dataset.licence} <Files files={dataset.files_sha256} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}

function Files({ files }: { files: Readonly<Record<string, string>> }) {
  return (
    <>
      {Object.entries(files).map(([file, hash]) => (
        <span key={file} class="file">
          {file} <Hash of={hash} />
        </span>
      ))}
    </>
  );
}

/** Enough of a hash to compare by eye; the whole of it is in the manifest below. */
function Hash({ of }: { of: string | null }) {
  return of === null ? <>unknown</> : <code title={of}>{of.slice(0, 12)}…</code>;
}

function Fact({ name, children }: { name: string; children: ComponentChildren }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

/** An argument as a shell takes it. */
function quoted(argument: string): string {
  return /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", String.raw`'\''`)}'`;
}

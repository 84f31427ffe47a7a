import { Command } from "@commander-js/extra-typings";
import type { Context } from "./context.ts";
import { decimal, DEVICES, device, names, whole, wholes } from "./values.ts";

/** What `ls` can list. */
export const LISTS = [
  "methods",
  "estimators",
  "models",
  "datasets",
  "suites",
  "experiments",
  "imports",
  "runs",
] as const;

const POOL = "folder of the pool (default: .touchstone/pool in the clone)";
const OUT = "folder in which runs get their folders (default: reports in the clone)";
const JSON_PATHS = "print one JSON object with the paths of the run, and nothing else";
const QUIET = "no progress and no remarks on stderr";

/** The option table: the one source of `--help` and of docs/cli.md. What a command does is loaded when it is called. */
export function createProgram(context: Context) {
  const program = new Command("touchstone")
    .description("Compares test-time alignment methods on the same samples under the same budget.")
    .exitOverride()
    // Errors are printed in one form by whoever called us.
    .configureOutput({ outputError: () => undefined })
    .showSuggestionAfterError()
    .hook("preAction", (_, called) => {
      context.interruption.phase = `touchstone ${called.name()}`;
    });
  const command = (usage: string) => program.command(usage);

  command("run")
    .description("Draw what the pool lacks, let every method decide, write the tables and the page.")
    .argument("[suite]", "name of a suite, or the path of a .ts, .yaml, .yml or .json file; flags override it")
    .option(
      "--model <names>",
      "language models (or an import): a name, a folder, or org/name[@revision] of the hub; repeatable, or with commas",
      names("--model"),
    )
    .option("--backend <url>", "an OpenAI-compatible server that has the language models: http://localhost:8000/v1")
    .option(
      "--reward-model <names>",
      "reward models, likewise; ?as=genrm behind a language model's name asks it (docs/judges.md)",
      names("--reward-model"),
    )
    .option("--reward-backend <url>", "a server that has the reward models: org/rm?as=classify, pooling or score")
    .option("--judge <name>", "a language model that compares responses to datasets without gold with their baseline's")
    .option("--dataset <names>", "datasets, by name or path of a manifest (.json), likewise", names("--dataset"))
    .option("--split <split>", "train, validation, test or shift (default: the suite's, or test)")
    .option("--methods <names>", "methods, likewise; parameters are the suite's or the defaults", names("--methods"))
    .option("--budgets <amounts>", "samples per problem, with commas between: 1,4,16")
    .option("--limit <problems>", "so many problems, at random by a fixed key", whole("--limit", 1))
    .option("--seed <seeds>", "seeds of sampling; repeatable, or with commas (default: 0)", wholes("--seed"))
    .option("--replicates <count>", "random subsets of each problem's pool (default: 200)", whole("--replicates", 1))
    .option("--pool-size <samples>", "samples per problem (default: 4 x the largest budget)", whole("--pool-size", 1))
    .option("--temperature <number>", "sampling temperature (default: 1)", decimal("--temperature"))
    .option("--top-p <share>", "nucleus sampling (default: 1, no truncation)", decimal("--top-p"))
    .option("--top-k <tokens>", "most probable tokens (default: 0, no truncation)", whole("--top-k", 0))
    .option("--max-tokens <tokens>", "cap on a response (default: 96)", whole("--max-tokens", 1))
    .option("--name <name>", "name of the suite in tables and folders (default: the suite's, or custom)")
    .option("--device <device>", `${DEVICES.join(", ")} (default: cpu)`, device)
    .option("--pool <folder>", POOL)
    .option("--out <folder>", OUT)
    .option("--from-manifest <file>", "repeat the run of a manifest.json, in place of a suite")
    .option("--dry-run", "say what would be downloaded and drawn and what it would cost, and end")
    .option("--offline", "download nothing: models of the hub must be in the cache (as HF_HUB_OFFLINE=1)")
    .option("--json", JSON_PATHS)
    .option("--quiet", QUIET)
    .action(async (suite, options) => {
      const { run } = await import("./commands/run.ts");
      await run(suite, options, context);
    });

  command("resume")
    .description("Continue a run that was stopped, where it stopped.")
    .argument("<run>", "name of a run (see `ls runs`), or its folder")
    .option("--pool <folder>", "folder of the pool (default: the one the run began with)")
    .option("--out <folder>", OUT)
    .option("--offline", "download nothing: models of the hub must be in the cache (as HF_HUB_OFFLINE=1)")
    .option("--json", JSON_PATHS)
    .option("--quiet", QUIET)
    .action(async (run, options) => {
      const { resume } = await import("./commands/resume.ts");
      await resume(run, options, context);
    });

  command("report")
    .description("Write the page of a finished run or of an experiment anew from its tables, and show what came out.")
    .argument("<run>", "name of a run (see `ls runs`) or of an experiment (`ls experiments`), or its folder")
    .option("--out <folder>", "folder in which runs, or experiments, have their folders (default: those of the clone)")
    .option("--json", JSON_PATHS)
    .option("--quiet", QUIET)
    .action(async (run, options) => {
      const { report } = await import("./commands/report.ts");
      await report(run, options, context);
    });

  command("claims")
    .description("Run the papers' claims on the built-in worlds and judge them by the rules fixed beforehand.")
    .argument("[ids...]", "ids of claims, such as certainty-1 (default: all); docs/claims.md lists them")
    .option("--quick", "few problems and nothing tuned: whether everything works; nothing is decided")
    .option("--limit <problems>", "so many problems at most, of test and of validation", whole("--limit", 2))
    .option("--device <device>", `${DEVICES.join(", ")} (default: cpu)`, device)
    .option("--pool <folder>", POOL)
    .option("--out <folder>", OUT)
    .option("--experiments <folder>", "where `train` kept its experiments (default: .touchstone/experiments)")
    .option("--dry-run", "say what would be drawn and what would not be run, and end")
    .option("--json", "print one JSON object with the paths of claims.csv and claims.md, and nothing else")
    .option("--quiet", QUIET)
    .action(async (ids, options) => {
      const { claims } = await import("./commands/claims.ts");
      await claims(ids, options, context);
    });

  command("train")
    .description("Train policies and compare what they are worth deployed; what was trained is kept, and continued.")
    .argument("<experiment>", "one of `ls experiments`, or the path of a .ts, .yaml, .yml or .json file")
    .option("--device <device>", `${DEVICES.join(", ")} (default: cpu)`, device)
    .option("--out <folder>", "folder in which experiments have their folders (default: .touchstone/experiments)")
    .option(
      "--export <folder>",
      "write each row's policy of the first seed as a model with a card into a folder of its own in this one",
    )
    .option("--dry-run", "say what would be trained and what it would cost, and end")
    .option("--json", "print one JSON object with the paths of the experiment, and nothing else")
    .option("--quiet", QUIET)
    .action(async (experiment, options) => {
      const { train } = await import("./commands/train.ts");
      await train(experiment, options, context);
    });

  command("ls")
    .description("List what there is.")
    .argument("<what>", LISTS.join(", "))
    .option("--json", "print an array of objects, each with at least `name`")
    .option("--out <folder>", "folder of the runs, or of the experiments (default: those of the clone)")
    .option("--pool <folder>", "of runs: only those that drew into this pool; of imports: those into this pool")
    .action(async (what, options) => {
      const { list } = await import("./commands/ls.ts");
      await list(what, options);
    });

  command("import")
    .description("Turn responses that others sampled, with their scores and grades, into a pool to run methods on.")
    .argument("<file>", "a .jsonl, .json, .csv, .tsv or .parquet file")
    .requiredOption("--as <name>", "name for `run --model`: lower-case letters, digits and dashes")
    .requiredOption("--map <mapping>", "a .yaml or .json file, or the name of one in datasets/mappings")
    .option("--pool <folder>", POOL)
    .option("--json", "print one JSON object about the import, and nothing else")
    .option("--quiet", QUIET)
    .action(async (file, options) => {
      const { importFile } = await import("./commands/import.ts");
      await importFile(file, options, context);
    });

  command("models")
    .description("Download models of the hub, say which are here, and hold them against their checksums.")
    .argument("<action>", "pull, ls or verify")
    .argument("[names...]", "org/name or org/name@revision (default of ls and verify: all)")
    .option("--repair", "verify: throw damaged files away, so that they are downloaded again")
    .option("--offline", "pull: download nothing, only say where the cache has them (as HF_HUB_OFFLINE=1)")
    .option("--json", "print one JSON array, and nothing else")
    .option("--quiet", QUIET)
    .action(async (action, chosen, options) => {
      const { models } = await import("./commands/models.ts");
      await models(action, chosen, options, context);
    });

  command("datasets")
    .description("Download the datasets of the papers, say which are here, and hold them against their checksums.")
    .argument("<action>", "pull, ls or verify")
    .argument("[names...]", "names of datasets, or paths of manifests (default of ls and verify: all)")
    .option("--accept-licence", "pull: you have read the terms of the licence")
    .option("--renew", "pull: take what the source holds now, not the revision of the first download")
    .option("--mirror <url>", "pull: fetch from <url>/<host>/<path> (default: TOUCHSTONE_MIRROR, or the sources)")
    .option(
      "--cache <folder>",
      "where downloads lie (default: TOUCHSTONE_DATASETS, or .touchstone/datasets in the clone)",
    )
    .option("--json", "print one JSON array, and nothing else")
    .option("--quiet", QUIET)
    .action(async (action, chosen, options) => {
      const { datasets } = await import("./commands/datasets.ts");
      await datasets(action, chosen, options, context);
    });

  command("advantages")
    .description(
      "Add to every rollout its advantage for training towards a best-of-n deployment, as JSON lines on stdout.",
    )
    .argument(
      "[rollouts]",
      'a .jsonl file, or - for stdin: lines with "group" and "reward", those of a group adjacent (default: stdin)',
    )
    .requiredOption("--estimator <name>", "one of `ls estimators`; docs/advantages.md has their formulas")
    .requiredOption("--n <samples>", "samples of the deployed best-of-n", whole("--n", 1))
    .option("--alpha <share>", "tea and prefix-tea: share of a group that is its tail", decimal("--alpha"))
    .option(
      "--top <rollouts>",
      "tea: size of the tail, in place of --alpha (default: 4, or a quarter)",
      whole("--top", 1),
    )
    .option("--order <k>", "prefix-tea: order up to which bias cancels (default: 2)", whole("--order", 1))
    .option("--prefixes <count>", "prefix-tea: how many sizes of prefixes (default: 4)", whole("--prefixes", 1))
    .option(
      "--k <sizes>",
      "max-at-k: size of the subsets; order-statistic-extrapolation: two sizes, as in 8,16",
      wholes("--k"),
    )
    .option("--quiet", QUIET)
    .action(async (rollouts, options) => {
      const { advantages } = await import("./commands/advantages.ts");
      await advantages(rollouts, options, context);
    });

  command("parity")
    .description("Compare two backends of one model: how far their numbers differ, and which decisions that changes.")
    .argument("<a>", "the backend to hold the other against: a language model or a reward model, as for `run`")
    .argument("<b>", "the other backend of the same model")
    .option("--dataset <name>", "problems to compare on (default: the world of a built-in model)")
    .option("--split <split>", "train, validation, test or shift (default: test)")
    .option("--limit <problems>", "so many problems, at random by a fixed key (default: 32)", whole("--limit", 2))
    .option("--samples <count>", "responses per problem (default: 16)", whole("--samples", 2))
    .option("--model <name>", "of reward models: whose responses they read (default: the world's policy)")
    .option(
      "--reward-model <names>",
      "of language models: rewards for the methods that use them",
      names("--reward-model"),
    )
    .option("--seed <seed>", "seed of sampling (default: 0)", whole("--seed", 0))
    .option("--max-tokens <tokens>", "cap on a response (default: 96)", whole("--max-tokens", 1))
    .option("--device-a <device>", `${DEVICES.join(", ")} (default: cpu)`, device)
    .option("--device-b <device>", "likewise", device)
    .option("--tile-a <rows>", "rows per run of A (default: the device's)", whole("--tile-a", 1))
    .option("--tile-b <rows>", "rows per run of B", whole("--tile-b", 1))
    .option(
      "--tolerance <number>",
      "end with exit code 6 where a token's log-probability, or a reward, differs by more",
      decimal("--tolerance"),
    )
    .option("--pool <folder>", POOL)
    .option("--out <folder>", "write the tables as CSV, and parity.json, into this folder")
    .option("--json", "print one JSON object, and nothing else")
    .option("--quiet", QUIET)
    .action(async (a, b, options) => {
      const { parity } = await import("./commands/parity.ts");
      await parity(a, b, options, context);
    });

  command("likelihood")
    .description("Let models choose among given answers by their log-likelihoods: MC1 and MC2 of TruthfulQA.")
    .requiredOption(
      "--model <names>",
      "language models: a name, a folder, org/name[@revision] of the hub, or URL#model of a server; repeatable, or with commas",
      names("--model"),
    )
    .requiredOption(
      "--dataset <name>",
      "a dataset of the grader choice-likelihood, by name or path of a manifest (.json)",
    )
    .option("--split <split>", "train, validation, test or shift (default: test)")
    .option("--limit <problems>", "so many problems, at random by a fixed key", whole("--limit", 1))
    .option("--device <device>", `${DEVICES.join(", ")} (default: cpu)`, device)
    .option("--offline", "download nothing: models of the hub must be in the cache (as HF_HUB_OFFLINE=1)")
    .option("--kept <folder>", "folder in which scores are kept (default: .touchstone/likelihood in the clone)")
    .option("--out <folder>", "write likelihood.csv and likelihood-questions.csv into this folder")
    .option("--json", "print one JSON array, and nothing else")
    .option("--quiet", QUIET)
    .action(async (options) => {
      const { likelihood } = await import("./commands/likelihood.ts");
      await likelihood(options, context);
    });

  command("validate")
    .description("Check a suite without running it.")
    .argument("<suite>", "name of a suite, or the path of a .ts, .yaml, .yml or .json file")
    .option("--pool <folder>", "folder of the pool whose imports can be named (default: .touchstone/pool in the clone)")
    .option("--json", "print the suite with every default filled in")
    .action(async (suite, options) => {
      const { validate } = await import("./commands/validate.ts");
      await validate(suite, options);
    });

  command("doctor")
    .description("Check the machine, the installation, the pool and the models; or what a server can do.")
    .option("--backend <url>", "look at this OpenAI-compatible server instead, by tiny requests")
    .option("--model <name>", "with --backend: the model to look at (default: the first that it serves)")
    .option("--pool <folder>", POOL)
    .option("--out <folder>", OUT)
    .option("--json", "print one JSON object")
    .action(async (options) => {
      const { doctor } = await import("./commands/doctor.ts");
      await doctor(options, context);
    });

  return program;
}

import type { CommandUnknownOpts } from "@commander-js/extra-typings";
import { EXIT_CODES, type Method, type ModelCapabilities } from "@touchstone/core";
import { lacking } from "@touchstone/evaluation";

const MEANINGS: Record<keyof typeof EXIT_CODES, string> = {
  ok: "done",
  internal: "a bug of Touchstone; the message names the file with the details",
  usage: "a command, flag, name or value that does not exist or does not fit",
  input: "a model, dataset, suite or run that is missing, corrupt or not supported",
  pool: "a pool that is in use, of another version, or damaged",
  storage: "a full disk, or a folder that cannot be written to",
  engine: "a device that is not there, memory that does not suffice, or a run that the engine refused",
  interrupted: "stopped by Ctrl-C or by a signal; everything finished before is kept",
};

/** docs/cli.md, from the option table. */
export function commandLineDocumentation(program: CommandUnknownOpts): string {
  return `${[
    "# The command",
    "",
    "<!-- Written by `npm run docs -w @touchstone/runner` from apps/runner/src/program.ts; a test holds the two together. -->",
    "",
    `\`./touchstone\` in a clone (or \`npm run touchstone --\`). ${program.description()}`,
    "",
    "Data goes to stdout, progress and remarks to stderr. An error is one message: its code, what is wrong, the value received, and what to do.",
    "Paths are relative to the folder in which the command is started; everything built-in and the default folders are those of the clone.",
    ...program.commands.flatMap(section),
    "",
    "## Exit codes",
    "",
    ...table(
      ["Code", "Name", "Meaning"],
      Object.entries(EXIT_CODES).map(([name, code]) => [String(code), name, MEANINGS[name as keyof typeof EXIT_CODES]]),
    ),
    "",
    "Ctrl-C stops within two seconds; a second one ends at once. Neither harms the pool: the same command, or `resume`, continues.",
    "",
    ...FILES,
  ].join("\n")}\n`;
}

const FILES = [
  "## The folder of a run",
  "",
  "`<out>/<suite>-<date>-<time>/`, times in UTC:",
  "",
  "- `results.csv`, `questions.csv`, `comparisons.csv`, `diagnostics.csv`, `ledger.csv`: the tables",
  "- `samples.json`: a look at problems and samples",
  "- `manifest.json`: what was run, on what; written last of the tables",
  "- `report.html`: the page, one file that opens offline",
  "- `run.json`: what `resume` needs; written first",
];

function section(command: CommandUnknownOpts): string[] {
  const args = command.registeredArguments;
  const usage = args.map((argument) => (argument.required ? `<${argument.name()}>` : `[${argument.name()}]`));
  return [
    "",
    `## ${command.name()}`,
    "",
    "```text",
    ["./touchstone", command.name(), ...usage, "[options]"].join(" "),
    "```",
    "",
    command.description(),
    "",
    ...table(
      ["Argument or option", "Meaning"],
      [
        ...args.map((argument, i) => [`\`${usage[i]!}\``, argument.description]),
        ...command.options.map(({ flags, description }) => [`\`${flags}\``, description]),
      ],
    ),
  ];
}

const NOTHING_MORE: ModelCapabilities = {
  continuation: false,
  score: false,
  embed: false,
  tokenStatistics: "none",
  seeds: false,
  tokens: false,
};

/** What servers of these kinds can do beyond drawing, as far as methods can see it. */
const SERVERS: Readonly<Record<string, ModelCapabilities>> = {
  "vLLM, SGLang, llama.cpp, TGI": { ...NOTHING_MORE, continuation: true, tokens: true, tokenStatistics: "top-k" },
  "chat with log-probabilities": { ...NOTHING_MORE, tokenStatistics: "top-k" },
  "chat alone": NOTHING_MORE,
};

/** A page with, between its two marks, the table of what each method lacks on servers, by its default parameters. */
export function withServedMethods(page: string, methods: readonly Method[]): string {
  const [begin, end] = [/<!-- served methods: [^]*? -->\n/.exec(page)!, page.indexOf("<!-- end of served methods -->")];
  const decoding = { temperature: 1, topK: 0, topP: 1 };
  const rows = methods.map((method) => {
    const law = { ...decoding, ...method.needs.decoding };
    const parameters = method.parameters.parse({});
    const lacks = Object.values(SERVERS).map((can) => lacking(method, parameters, can, law));
    return [
      `[${method.name}](methods/${method.name}.md)`,
      ...lacks.map((lack) => (lack === undefined ? "runs" : `no ${lack}`)),
    ];
  });
  const start = begin.index + begin[0].length;
  const lines = table(["Method", ...Object.keys(SERVERS)], rows);
  return `${page.slice(0, start)}\n${lines.join("\n")}\n\n${page.slice(end)}`;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const escaped = rows.map((row) => row.map((cell) => cell.replaceAll("|", String.raw`\|`)));
  const widths = head.map((title, i) => Math.max(title.length, ...escaped.map((row) => row[i]!.length)));
  const line = (cells: readonly string[]) => `| ${cells.map((cell, i) => cell.padEnd(widths[i]!)).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...escaped.map(line)];
}

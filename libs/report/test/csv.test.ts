import { comparisonRow, diagnosticRow, resultRow, TouchstoneError } from "@touchstone/core";
import type { DiagnosticRow } from "@touchstone/core";
import { describe, expect, it } from "vitest";
import { columnsOf, fromCsv, toCsv } from "../src/csv.ts";

const plain: DiagnosticRow = {
  suite: "s",
  dataset: "d",
  split: "test",
  model: "m",
  decoding: "t=1,k=0",
  subject: "pool",
  reward_model: "",
  budget: null,
  name: "pass@64",
  value: 0.1 + 0.2,
  standard_error: 1e-300,
  problems: 3,
};

describe("a table as CSV", () => {
  it("has the columns of the issue's results.csv, in the schema's order", () => {
    const published =
      "suite,dataset,split,model,decoding,method,parameters,parameters_source,reward_model,budget_unit,budget,batch_size,batches,metric,estimate,standard_error,ci_low,ci_high,problems,clusters,replicates,monte_carlo_error,prompt_tokens,completion_tokens,reward_tokens,rounds,flops,wall_seconds,time_source,unparsable,truncated,failed,seed".split(
        ",",
      );
    const columns = columnsOf(resultRow);
    expect(columns.filter((column) => published.includes(column))).toEqual(published);
    expect(toCsv("results.csv", resultRow, [])).toBe(`${columns.join(",")}\r\n`);
    expect(columnsOf(comparisonRow)).toEqual(expect.arrayContaining(["p_adjusted", "minimum_detectable_difference"]));
  });

  it("writes commas, quotes and line breaks by RFC 4180, and null as an empty cell", () => {
    const text = toCsv("d", diagnosticRow, [{ ...plain, suite: 'a,"b"', dataset: "two\nlines" }]);
    expect(text.split("\r\n")[1]).toBe(
      '"a,""b""","two\nlines",test,m,"t=1,k=0",pool,,,pass@64,0.30000000000000004,1e-300,3',
    );
    expect(text.endsWith("\r\n")).toBe(true);
  });

  it.each([
    ["commas, quotes and line breaks", { suite: 'a,"b"', dataset: "two\nlines", model: "\r\nx\r", name: " spaced " }],
    ["numbers to the last bit", { value: 5e-324, standard_error: 1.7976931348623157e308, budget: -0.1 }],
    ["undefined numbers", { value: null, standard_error: null, budget: null }],
    ["text that looks like a number or nothing", { suite: "007", dataset: "", split: "null", model: "NaN" }],
  ])("reads back %s as they were", (_, change) => {
    const rows = [plain, { ...plain, ...change }];
    expect(fromCsv("d", diagnosticRow, toCsv("d", diagnosticRow, rows))).toEqual(rows);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY])("refuses to write %s", (value) => {
    const write = () => toCsv("diagnostics.csv", diagnosticRow, [plain, { ...plain, value }]);
    expect(write).toThrow(TouchstoneError);
    expect(write).toThrow(/unwritable-row: Row 2 of diagnostics\.csv .* column value .*(NaN|Infinity)/);
  });

  it.each([
    ["a word where a number stands", "x,d,test,m,t,pool,,,n,many,,3", /line 3, column value: .*Received: many/],
    ["NaN", "x,d,test,m,t,pool,,,n,NaN,,3", /line 3, column value/],
    ["a missing required number", "x,d,test,m,t,pool,,,n,1,1,", /line 3, column problems/],
    ["a row that was cut off", "x,d,test,m", /line 3: it has 4 cells instead of 12/],
    ["an open quote", 'x,"d', /diagnostics\.csv cannot be read: line 3: a quote is opened/],
  ])("names file, line and column of %s", (_, line, message) => {
    const text = `${toCsv("d", diagnosticRow, [plain])}${line}\r\n`;
    const read = () => fromCsv("diagnostics.csv", diagnosticRow, text);
    expect(read).toThrow(TouchstoneError);
    expect(read).toThrow(/^damaged-table: diagnostics\.csv/);
    expect(read).toThrow(message);
  });

  it("counts the lines of cells that span several", () => {
    const text = toCsv("d", diagnosticRow, [{ ...plain, suite: "one\ntwo\nthree" }]);
    expect(() => fromCsv("d.csv", diagnosticRow, `${text}x\r\n`)).toThrow(/line 5: it has 1 cell/);
    expect(() => fromCsv("d.csv", diagnosticRow, text.replace("pass@64,0.3", "pass@64,q"))).toThrow(
      /line 2, column value/,
    );
  });

  it("refuses a table of another version by its header", () => {
    expect(() => fromCsv("results.csv", resultRow, "a,b\r\n1,2\r\n")).toThrow(/line 1: its header .*Received: a,b\./);
  });
});

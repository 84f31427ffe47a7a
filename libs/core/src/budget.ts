/** What one unit of a budget is (law 7). */
export type BudgetUnit = "samples" | "tokens" | "flops";

/** What may be spent: an amount per problem, held for each problem alone or shared by a batch of problems. */
export interface Budget {
  readonly unit: BudgetUnit;
  readonly amount: number;
  readonly scope: "problem" | "batch";
}

/** What a built-in model has to show, fixed before anything was measured. */
export interface Bar {
  /** Name of the figure on the card. */
  readonly figure: string;
  readonly least?: number;
  readonly most?: number;
}

/** Whether the estimate keeps the bar. */
export function keeps({ least = -Infinity, most = Infinity }: Bar, estimate: number): boolean {
  return estimate >= least && estimate <= most;
}

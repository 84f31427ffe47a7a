import type { Reference } from "@touchstone/core";

export const TEA_PAPER: Reference = {
  title: "What should post-training optimize? A test-time scaling law perspective",
  authors: "Li, Qian & Mou",
  year: 2026,
  source: "arXiv:2605.10716",
};

/** Names of people in the stories. One token each. */
export const NAMES = [
  "Ada",
  "Ben",
  "Cleo",
  "Dina",
  "Emil",
  "Fay",
  "Gus",
  "Hana",
  "Ivo",
  "Juno",
  "Kai",
  "Lena",
] as const;

/** Countable things, always in the plural. One token each. */
export const THINGS = [
  'shells', 'coins', 'beads', 'stamps', 'cards', 'nuts', 'pens', 'buttons', 'stones', 'tickets', 'marbles', 'plums',
] as const; // prettier-ignore

/** `{n}` is the person asked about, `{t}` the thing, `{x}` the number at the start. */
export const OPENERS = [
  "Today {n} has {x} {t}.",
  "At first {n} owns {x} {t}.",
  "One day {n} counts {x} {t}.",
  "In a drawer {n} keeps {x} {t}.",
] as const;

export const QUESTIONS = [
  "How many {t} does {n} have now?",
  "What is the number of {t} in the end?",
  "Count the {t} of {n}.",
] as const;

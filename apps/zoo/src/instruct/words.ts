/** What requests are about, each with its words. A word is one token; any of them can be a keyword of a request. */
export const TOPICS = {
  rain: ["cloud", "drop", "grey", "puddle", "storm", "umbrella", "wet", "wind"],
  sea: ["boat", "fish", "harbour", "salt", "sand", "shell", "tide", "wave"],
  wood: ["bark", "bird", "fern", "leaf", "moss", "oak", "owl", "root"],
  town: ["bell", "bridge", "crowd", "lamp", "market", "roof", "street", "tram"],
  winter: ["cold", "coat", "fire", "frost", "ice", "sledge", "snow", "white"],
  bread: ["baker", "butter", "crust", "dough", "flour", "oven", "seed", "warm"],
  night: ["candle", "dark", "dream", "moon", "quiet", "shadow", "sleep", "star"],
  garden: ["bee", "flower", "gate", "grass", "green", "path", "rose", "soil"],
} as const;
export type Topic = keyof typeof TOPICS;

/** Words that any response may hold. */
export const GENERAL = ["a", "and", "big", "by", "finds", "for", "in", "of", "old", "on", "sees", "small", "the", "waits", "we", "with"] as const; // prettier-ignore

export const KEYWORDS: readonly string[] = Object.values(TOPICS).flat();

/** Marks that a request can ask lines to end in. */
export const MARKS = ["!", "?", "."] as const;

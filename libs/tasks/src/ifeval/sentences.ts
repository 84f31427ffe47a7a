/** Abbreviations that newspapers use before a name or a number: the sentence goes on after them, unless a new one clearly starts. */
const ABBREVIATIONS: ReadonlySet<string> = new Set(
  (
    "mr mrs ms messrs dr prof gen sen rep reps col maj lt adm st jr sr inc corp ltd co cos bros vs ft yr ave ph.d " +
    "jan feb aug sep sept oct nov dec tues wed fri " +
    "ala ariz calif colo conn fla ga ill kan ky mich minn nev okla ore pa tenn va vt wash wis"
  ).split(" "),
);
/** Words that, capitalised after an abbreviation or an initial, start a sentence. */
const STARTERS: ReadonlySet<string> = new Set(
  (
    "the this these those that he she it they we you there here in on at for from with as if when while after before although " +
    "though because since so but and or yet however moreover meanwhile nevertheless instead indeed thus then also both some " +
    "many most each every no not what who why how where under despite according a an its his her their our my your"
  ).split(" "),
);
/** Characters that end a word even without a space. */
const BREAKING = new Set(`)";}]*:@'({[!?`);
const CLOSING = /^["')\]}]+$/;
const RUN = /\S+/g;

/**
 * Number of sentences of English text, by the rules of the Punkt tokenizer (Kiss & Strunk 2006) that IFEval counts with: a
 * sentence ends at `.`, `?` or `!` before white space or a mark that ends a word, whatever case follows; not after an
 * abbreviation, an initial or an ellipsis, unless a word that starts sentences follows; and not at the end of a line, so that
 * lines without a full stop are one sentence. The number of a list item (`1. Do`) is one, as there. Punkt's knowledge of English
 * words is learnt from newspapers; in its place stand two short lists of our own. Linear in the text.
 */
export function countSentences(text: string): number {
  const runs = text.match(RUN) ?? [];
  let sentences = runs.length > 0 ? 1 : 0;
  for (const [i, run] of runs.entries()) {
    const end = lastEnd(run);
    if (end < 0) continue;
    const rest = run.slice(end + 1);
    const next = rest === "" ? runs[i + 1] : rest;
    if (next === undefined || !endsSentence(run.slice(0, end + 1), next)) continue;
    // Closing quotes and brackets belong to the sentence they close.
    if (rest === "" || !CLOSING.test(rest) || i + 1 < runs.length) sentences++;
  }
  return sentences;
}

/** Where in a run of characters its last sentence may end; −1 where it may not. */
function lastEnd(run: string): number {
  for (let i = run.length - 1; i >= 0; i--) {
    if (".?!".includes(run[i]!) && (i === run.length - 1 || BREAKING.has(run[i + 1]!))) return i;
  }
  return -1;
}

function endsSentence(upToMark: string, next: string): boolean {
  const mark = upToMark.at(-1)!;
  if (mark !== ".") return true;
  let from = upToMark.length - 1;
  while (from > 0 && !BREAKING.has(upToMark[from - 1]!)) from--;
  const word = upToMark
    .slice(from, -1)
    .replace(/^[-,#&`]+/, "")
    .toLowerCase();
  if (word === "") return true;
  const starter = /^\p{Lu}/u.test(next) && STARTERS.has(/^[\p{L}'’]+/u.exec(next)![0].toLowerCase());
  if (word.endsWith(".") || isAbbreviation(word) || /^\p{L}$/u.test(word)) return starter;
  if (/^[.,]?\d[\d,.-]*$/.test(word)) return !/^[\p{Ll};:,.!?]/u.test(next);
  return true;
}

/** Punkt does not know `e.g.` and `i.e.`, which newspapers avoid: a sentence ends there, as in IFEval. */
function isAbbreviation(word: string): boolean {
  if (word === "e.g" || word === "i.e") return false;
  return ABBREVIATIONS.has(word) || ABBREVIATIONS.has(word.split("-").at(-1)!) || /^\p{L}(?:\.\p{L})+$/u.test(word);
}

import { franc } from "franc";

/**
 * Languages that may be answered: those of langdetect, which IFEval's own verifier asks, by its codes (all but Welsh and traditional Chinese).
 * `franc` knows them by ISO 639-3; without the bound it takes much English for Scots.
 */
const LANGUAGES: ReadonlyMap<string, string> = new Map(
  Object.entries({
    afr: "af",
    arb: "ar",
    ben: "bn",
    bul: "bg",
    cat: "ca",
    ces: "cs",
    cmn: "zh-cn",
    dan: "da",
    deu: "de",
    ell: "el",
    eng: "en",
    ekk: "et",
    fin: "fi",
    fra: "fr",
    guj: "gu",
    heb: "he",
    hin: "hi",
    hrv: "hr",
    hun: "hu",
    ind: "id",
    ita: "it",
    jpn: "ja",
    kan: "kn",
    kor: "ko",
    lit: "lt",
    lvs: "lv",
    mal: "ml",
    mar: "mr",
    mkd: "mk",
    nld: "nl",
    nob: "no",
    npi: "ne",
    pan: "pa",
    pes: "fa",
    pol: "pl",
    por: "pt",
    ron: "ro",
    rus: "ru",
    slk: "sk",
    slv: "sl",
    som: "so",
    spa: "es",
    als: "sq",
    swe: "sv",
    swh: "sw",
    tam: "ta",
    tel: "te",
    tgl: "tl",
    tha: "th",
    tur: "tr",
    ukr: "uk",
    urd: "ur",
    vie: "vi",
  }),
);
const ONLY = [...LANGUAGES.keys()];
export const LANGUAGE_CODES: readonly string[] = [...LANGUAGES.values()];

/** Letters that one of these languages alone writes: their trigrams are too alike in a few sentences. */
const OWN_LETTERS: ReadonlyMap<string, RegExp> = new Map([
  ["rus", /[ыэё]/g],
  ["ukr", /[іїєґ]/g],
  ["mkd", /[ѓќѕљњџј]/g],
]);
const CYRILLIC = new Set([...OWN_LETTERS.keys(), "bul"]);

/**
 * The language of a text by its trigrams (of the first 2,048 characters) and, for languages in Cyrillic, by their own letters, as
 * langdetect's code; undefined where it has no letters to tell by. Case makes no difference. Deterministic.
 */
export function languageOf(text: string): string | undefined {
  const lower = text.toLowerCase();
  const found = franc(lower, { only: ONLY, minLength: 1 });
  return LANGUAGES.get(CYRILLIC.has(found) ? (byLetters(lower) ?? found) : found);
}

function byLetters(text: string): string | undefined {
  const counts = Array.from(
    OWN_LETTERS,
    ([language, letters]) => [language, text.match(letters)?.length ?? 0] as const,
  );
  const [language, count] = counts.reduce((most, other) => (other[1] > most[1] ? other : most));
  return count > 0 ? language : undefined;
}

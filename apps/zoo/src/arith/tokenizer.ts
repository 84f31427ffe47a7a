import { PATTERNS } from "./patterns.ts";
import { NAMES, OPENERS, QUESTIONS, THINGS } from "./words.ts";

export const SPECIAL = { pad: "<pad>", bos: "<bos>", eos: "<eos>", unk: "<unk>", assistant: "<assistant>" } as const;

/**
 * How text falls apart. A word carries the space before it, and the one behind it where a digit follows, so that digits
 * are always the same ten tokens and joining the tokens gives the text back.
 */
export const PRETOKENS = " ; |#### |\\d|[-+*/=.,?]| ?[A-Za-z]+(?: (?=\\d))?| ";

/** The prompt, then a marker after which the response begins. Sequence = template(prompt) + response + eos. */
export const CHAT_TEMPLATE =
  "{{ bos_token }}{% for message in messages %}{% if message['role'] == 'assistant' %}" +
  `${SPECIAL.assistant}{{ message['content'] }}{{ eos_token }}{% else %}{{ message['content'] }}{% endif %}{% endfor %}` +
  `{% if add_generation_prompt %}${SPECIAL.assistant}{% endif %}`;

/** Every sentence of the grammar with every word that may stand in it. */
function* sentences(): Generator<string> {
  const texts = [...OPENERS, ...PATTERNS.map(({ text }) => text), ...QUESTIONS];
  for (const [index, text] of texts.entries()) {
    // Only an opener begins a prompt; what follows has a space before it.
    const placed = index < OPENERS.length ? text : ` ${text}`;
    for (let word = 0; word < Math.max(NAMES.length, THINGS.length); word++) {
      const values: Record<string, string | undefined> = { n: NAMES[word], f: NAMES[word], t: THINGS[word] };
      yield placed.replace(/\{(\w)\}/g, (_, key: string) => values[key] ?? "1");
    }
  }
}

/** Every token in the order of its id: special ones, the language of the solutions, the words by the alphabet. */
export function vocabulary(): readonly string[] {
  const words = new Set([...sentences()].flatMap((sentence) => sentence.match(new RegExp(PRETOKENS, "g")) ?? []));
  const solution = [..."0123456789", ..."+-*/=", " ; ", "#### ", ".", ",", "?", " "];
  return [...Object.values(SPECIAL), ...solution, ...[...words].filter((word) => !solution.includes(word)).toSorted()];
}

/** Token ids of plain text (no special tokens): what the tokenizer's files say, without reading them. */
export function encoder(tokens: readonly string[] = vocabulary()): (text: string) => number[] {
  const ids = new Map(tokens.map((token, id) => [token, id]));
  const pattern = new RegExp(PRETOKENS, "g");
  return (text) =>
    (text.match(pattern) ?? []).map((token) => {
      const id = ids.get(token);
      if (id === undefined) throw new RangeError(`"${token}" is not in the vocabulary of arith`);
      return id;
    });
}

/** `tokenizer.json`: byte-pair encoding without merges, where every pre-token is a token. */
export function tokenizerJson(): object {
  const tokens = vocabulary();
  const special = Object.values(SPECIAL);
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: special.map((content, id) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: null,
    pre_tokenizer: { type: "Split", pattern: { Regex: PRETOKENS }, behavior: "Isolated", invert: false },
    post_processor: {
      type: "TemplateProcessing",
      single: [{ SpecialToken: { id: SPECIAL.bos, type_id: 0 } }, { Sequence: { id: "A", type_id: 0 } }],
      pair: [
        { SpecialToken: { id: SPECIAL.bos, type_id: 0 } },
        { Sequence: { id: "A", type_id: 0 } },
        { Sequence: { id: "B", type_id: 0 } },
      ],
      special_tokens: {
        [SPECIAL.bos]: { id: SPECIAL.bos, ids: [special.indexOf(SPECIAL.bos)], tokens: [SPECIAL.bos] },
      },
    },
    decoder: { type: "Fuse" },
    model: {
      type: "BPE",
      dropout: null,
      unk_token: SPECIAL.unk,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: true,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges: [],
    },
  };
}

export function tokenizerConfig(): object {
  return {
    tokenizer_class: "PreTrainedTokenizerFast",
    bos_token: SPECIAL.bos,
    eos_token: SPECIAL.eos,
    pad_token: SPECIAL.pad,
    unk_token: SPECIAL.unk,
    add_bos_token: true,
    add_eos_token: false,
    clean_up_tokenization_spaces: false,
    model_max_length: 160,
    chat_template: CHAT_TEMPLATE,
  };
}

/** Special tokens that every tokenizer of the zoo has, with the first ids. */
export const SPECIAL = { pad: "<pad>", bos: "<bos>", eos: "<eos>", unk: "<unk>", assistant: "<assistant>" } as const;

/** The prompt, then a marker after which the response begins. Sequence = template(prompt) + response + eos. */
export const CHAT_TEMPLATE =
  "{{ bos_token }}{% for message in messages %}{% if message['role'] == 'assistant' %}" +
  `${SPECIAL.assistant}{{ message['content'] }}{{ eos_token }}{% else %}{{ message['content'] }}{% endif %}{% endfor %}` +
  `{% if add_generation_prompt %}${SPECIAL.assistant}{% endif %}`;

/** A tokenizer in which every piece that `pretokens` cuts out of a text is a token. */
export interface WordTokenizer {
  /** Every token in the order of its id, special ones first. */
  readonly tokens: readonly string[];
  /** How many of the first tokens are special: never made from plain text. */
  readonly special: number;
  /** Regular expression whose matches, one after another, are the pieces. */
  readonly pretokens: string;
}

/** Token ids of plain text (no special tokens): what the tokenizer's files say, without reading them. */
export function encoderOf({ tokens, pretokens }: WordTokenizer): (text: string) => number[] {
  const ids = new Map(tokens.map((token, id) => [token, id]));
  const pattern = new RegExp(pretokens, "g");
  return (text) =>
    (text.match(pattern) ?? []).map((token) => {
      const id = ids.get(token);
      if (id === undefined) throw new RangeError(`"${token}" is not in the vocabulary`);
      return id;
    });
}

/** Whether text falls into known tokens alone: two tokens that a model wrote one after another may join to a word that is none. */
export function knows({ tokens, pretokens }: WordTokenizer): (text: string) => boolean {
  const known = new Set(tokens);
  const pattern = new RegExp(pretokens, "g");
  return (text) => (text.match(pattern) ?? []).every((token) => known.has(token));
}

/** `tokenizer.json`: byte-pair encoding without merges, where every pre-token is a token. */
export function tokenizerJsonOf({ tokens, special, pretokens }: WordTokenizer): object {
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: tokens.slice(0, special).map((content, id) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: null,
    pre_tokenizer: { type: "Split", pattern: { Regex: pretokens }, behavior: "Isolated", invert: false },
    post_processor: {
      type: "TemplateProcessing",
      single: [{ SpecialToken: { id: SPECIAL.bos, type_id: 0 } }, { Sequence: { id: "A", type_id: 0 } }],
      pair: [
        { SpecialToken: { id: SPECIAL.bos, type_id: 0 } },
        { Sequence: { id: "A", type_id: 0 } },
        { Sequence: { id: "B", type_id: 0 } },
      ],
      special_tokens: {
        [SPECIAL.bos]: { id: SPECIAL.bos, ids: [tokens.indexOf(SPECIAL.bos)], tokens: [SPECIAL.bos] },
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

/** `tokenizer_config.json`, for sequences of at most `length` tokens. */
export function tokenizerConfigOf(length: number): object {
  return {
    tokenizer_class: "PreTrainedTokenizerFast",
    bos_token: SPECIAL.bos,
    eos_token: SPECIAL.eos,
    pad_token: SPECIAL.pad,
    unk_token: SPECIAL.unk,
    add_bos_token: true,
    add_eos_token: false,
    clean_up_tokenization_spaces: false,
    model_max_length: length,
    chat_template: CHAT_TEMPLATE,
  };
}

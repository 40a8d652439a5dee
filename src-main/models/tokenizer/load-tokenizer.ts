/** Opens the tokenizer of a model directory. The work is Hugging Face's own library's; it may end the process, so only the reader loads this. */
import { type Encoding, Tokenizer as Library } from 'tokenizers'
import { InputError } from '#shared/errors/input-error.ts'
import { type Probe, type Settings, applyConfig, checkConfig } from './config-keys.ts'
import { type SpecialName, tokenNames } from './special-tokens.ts'
import type { Cut, RowTokens, TextRow, Tokenizer } from './tokenizer.ts'
import { type TokenizerFiles, readTokenizerFiles } from './tokenizer-files.ts'

/** Rows that the library is given at once. */
const TOGETHER = 1000
/** A text of a token at least, for most vocabularies; special tokens stand around it. */
const PROBE = 'a'
/** Words of the vocabulary that are tried in its place. */
const PROBES = 100
const HIGHEST_TYPE = 255

/** @throws InputError where the files can't be used, or contradict each other */
export async function loadTokenizer(directory: string): Promise<Tokenizer> {
  const files = readTokenizerFiles(directory)
  const settings = applyConfig(files)
  const { path, kind, file } = files
  const library = told(path, () => Library.fromString(JSON.stringify(file)))
  library.disableTruncation()
  library.disablePadding()
  for (const { id, content } of file.added_tokens ?? []) {
    const given = library.tokenToId(content)
    if (given !== id)
      throw new InputError(`${path}:added_tokens`, `id ${id} for ${JSON.stringify(content)}`, `${given}, the id that it gets`)
  }
  const [single, pair] = await probeRows(path, library)
  const idOf = (token: string | null): number | null => (token === null ? null : library.tokenToId(token))
  checkConfig(files, probeOf(library, single, idOf))
  return {
    kind,
    vocabularySize: 1 + Object.values(library.getVocab(true)).reduce((most, id) => Math.max(most, id), -1),
    ...specialIds(files, idOf),
    maximumLength: settings.maximumLength,
    frameLength: { single: frame(single), pair: frame(pair) },
    ...encoder(path, library, settings, { single: frame(single), pair: frame(pair) }, behindOf(single).length),
  }
}

/** Two sample rows, of one text and of two, which show the special tokens. */
async function probeRows(path: string, library: Library): Promise<[single: Encoding, pair: Encoding]> {
  const words = Object.keys(library.getVocab(false)).slice(0, PROBES)
  for (const text of [PROBE, ...words]) {
    // A vocabulary without an unknown token refuses text that it doesn't cover.
    const single = await library.encode(text).catch(() => null)
    if (single?.getSequenceIds().some((of) => of != null)) return [single, await asked(path, library.encode(text, text))]
  }
  return Promise.all([asked(path, library.encode('')), asked(path, library.encode('', ''))])
}

function probeOf(library: Library, single: Encoding, idOf: Probe['idOf']): Probe {
  const normalised = (text: string): string => library.getNormalizer()?.normalizeString(text) ?? text
  return {
    normalised,
    pieces: (text) => {
      const clean = normalised(text)
      return (
        library
          .getPreTokenizer()
          ?.preTokenizeString(clean)
          .map(([piece]) => piece) ?? [clean]
      )
    },
    before: beforeOf(single),
    behind: behindOf(single),
    idOf,
  }
}

type Special = Pick<Tokenizer, 'padId' | 'unkId' | 'clsId' | 'sepId' | 'maskId' | 'mask'>

/** Ids of special tokens; one that a file names and the vocabulary lacks has been added to it. */
function specialIds(files: TokenizerFiles, idOf: Probe['idOf']): Special {
  const names = tokenNames(files)
  // BERT's tokenizers have all of these, named or not.
  const usual =
    files.kind === 'WordPiece'
      ? { pad_token: '[PAD]', unk_token: '[UNK]', cls_token: '[CLS]', sep_token: '[SEP]', mask_token: '[MASK]' }
      : {}
  const all: Partial<Record<SpecialName, string | null>> = { ...usual, ...names }
  const of = (name: SpecialName): number | null => idOf(all[name] ?? null)
  const maskId = of('mask_token')
  return {
    padId: of('pad_token') ?? files.file.padding?.pad_id ?? of('eos_token') ?? of('bos_token') ?? 0,
    unkId: of('unk_token') ?? idOf(files.file.model.unk_token ?? null),
    clsId: of('cls_token'),
    sepId: of('sep_token'),
    maskId,
    mask: maskId === null ? null : (all.mask_token ?? null),
  }
}

function encoder(
  path: string,
  library: Library,
  { truncationSide: direction, givesTypes }: Settings,
  frameLength: Tokenizer['frameLength'],
  behindLength: number,
): Pick<Tokenizer, 'tokens' | 'encode'> {
  // The library's truncation is set before it encodes, so calls follow one another.
  let last: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const result = last.then(work)
    last = result.catch(() => {})
    return result
  }
  const rowsOf = async (rows: readonly TextRow[], addSpecialTokens: boolean): Promise<Encoding[]> => {
    const encodings: Encoding[] = []
    for (let from = 0; from < rows.length; from += TOGETHER) {
      const some = rows.slice(from, from + TOGETHER)
      const paired = some.some(({ pair }) => pair !== undefined)
      const options = { addSpecialTokens }
      // The binding's batches are of single texts.
      const work = paired
        ? Promise.all(some.map(({ text, pair }) => library.encode(text, pair ?? null, options)))
        : library.encodeBatch(
            some.map(({ text }) => text),
            options,
          )
      encodings.push(...(await asked(path, work)))
    }
    return encodings
  }
  return {
    tokens: (texts) =>
      inTurn(async () => {
        library.disableTruncation()
        const encodings = await rowsOf(
          texts.map((text) => ({ text })),
          false,
        )
        return encodings.map((encoding) => encoding.getIds())
      }),
    encode: (rows, { maxLength = Infinity, open = false }: Cut = {}) =>
      inTurn(async () => {
        const paired = rows.some(({ pair }) => pair !== undefined)
        const least = paired ? Math.max(frameLength.single, frameLength.pair) : frameLength.single
        if (maxLength < Math.max(1, least - (open ? behindLength : 0))) throw new RangeError(`maxLength ${maxLength}`)
        if (maxLength === Infinity) library.disableTruncation()
        else library.setTruncation(maxLength + (open ? behindLength : 0), { direction, strategy: 'LongestFirst' as never })
        const encodings = await rowsOf(rows, true)
        return encodings.map((encoding) => tokensOf(path, encoding, givesTypes, open))
      }),
  }
}

function tokensOf(path: string, encoding: Encoding, givesTypes: boolean, open: boolean): RowTokens {
  const all = encoding.getIds()
  const length = open ? all.length - behindOf(encoding).length : all.length
  const ids = Int32Array.from(all.slice(0, length))
  const types = givesTypes ? encoding.getTypeIds().slice(0, length) : []
  const far = types.find((type) => type > HIGHEST_TYPE)
  if (far !== undefined) throw new InputError(`${path}:post_processor`, `token type ${far}`, `types up to ${HIGHEST_TYPE}`)
  return types.some((type) => type !== 0) ? { ids, types: Uint8Array.from(types) } : { ids }
}

/** Special tokens of a row: those that come from no text. */
function frame(encoding: Encoding): number {
  return encoding.getSequenceIds().filter((text) => text == null).length
}

function beforeOf(encoding: Encoding): number[] {
  const first = encoding.getSequenceIds().findIndex((text) => text != null)
  return encoding.getIds().slice(0, first < 0 ? encoding.getLength() : first)
}

function behindOf(encoding: Encoding): number[] {
  const last = encoding.getSequenceIds().findLastIndex((text) => text != null)
  return last < 0 ? [] : encoding.getIds().slice(last + 1)
}

function told<T>(path: string, work: () => T): T {
  try {
    return work()
  } catch (cause) {
    throw refused(path, cause)
  }
}

async function asked<T>(path: string, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (cause) {
    throw refused(path, cause)
  }
}

function refused(path: string, cause: unknown): InputError {
  return new InputError(path, cause instanceof Error ? cause.message : String(cause), 'a tokenizer that the tokenizers library can use', {
    cause,
  })
}

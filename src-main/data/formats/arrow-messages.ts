/**
 * Checks the messages of an Arrow file, stream or file form, before flechette reads them. It believes the lengths that they claim for vectors, rows
 * and offsets, so that a few bytes could hang it or fill the memory.
 */
import { checkBatch, type Rows } from './arrow-batch.ts'
import { type ArrowField, arrowFields } from './arrow-fields.ts'
import { type Budget, FlatTable } from './flat-buffer.ts'

const MAGIC = 'ARROW1'
const SCHEMA = 1
const DICTIONARY_BATCH = 2
const RECORD_BATCH = 3
const VERSION_4 = 3
/** Each dictionary batch copies what the ones before it had, and each block of a file is compared with each dictionary. */
const MOST_DICTIONARY_BATCHES = 10_000
const VALUES_PER_BYTE = 64
const MOST_UNPACKED_BYTES = 2 ** 30

/** @throws Error for what the bytes can't hold */
export function checkMessages(bytes: Uint8Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const check = new MessageCheck(view)
  if (Buffer.from(bytes.subarray(0, MAGIC.length)).toString('latin1') === MAGIC) check.file()
  else check.stream()
}

class MessageCheck {
  private readonly view: DataView
  private readonly budget: Budget
  private readonly rows: Rows
  private fields: readonly ArrowField[] | null = null
  private readonly dictionaries = new Map<number, ArrowField>()
  private dictionaryBatches = 0

  constructor(view: DataView) {
    this.view = view
    this.budget = { bytes: 4 * view.byteLength }
    this.rows = { left: VALUES_PER_BYTE * view.byteLength, bytesLeft: MOST_UNPACKED_BYTES }
  }

  stream(): void {
    for (let at: number | null = 0; at !== null;) at = this.message(at)
  }

  /** A footer at the end says where the messages are. */
  file(): void {
    const end = this.view.byteLength - (MAGIC.length + 4)
    const start = end - this.view.getInt32(end, true)
    const footer = new FlatTable(new DataView(this.view.buffer, this.view.byteOffset, end), start, this.budget)
    footer.checkTexts(4)
    this.schema(footer.table(1))
    for (const blocks of [footer.numbers(2, 3), footer.numbers(3, 3)]) for (const [at] of blocks) this.message(at!)
  }

  /** @returns where the next one begins; null at the end */
  private message(at: number): number | null {
    const { view } = this
    // Old files have no mark in front of the length.
    const marked = at >= 0 && at + 8 <= view.byteLength && view.getInt32(at, true) === -1
    const start = at + (marked ? 8 : 4)
    if (!(at >= 0)) throw new Error(`a message at ${at}`)
    if (start > view.byteLength) return null
    const size = view.getInt32(start - 4, true)
    if (size === 0) return null
    if (!(size > 0 && start + size <= view.byteLength))
      throw new Error(`a message of ${size} bytes, of which ${view.byteLength - start} are there`)
    const message = new FlatTable(new DataView(view.buffer, view.byteOffset + start, size), 0, this.budget)
    const bodyLength = message.int64(3)
    const rest = view.byteLength - start - size
    if (!(bodyLength >= 0 && bodyLength <= rest))
      throw new Error(`a message with ${bodyLength} bytes behind it, of which ${rest} are there`)
    const body = new DataView(view.buffer, view.byteOffset + start + size, bodyLength)
    this.content(message, body)
    return start + size + bodyLength
  }

  private content(message: FlatTable, body: DataView): void {
    const content = message.table(2)
    if (content === null) throw new Error('a message with nothing in it')
    const skipped = message.int16(0) < VERSION_4 ? 8 : 0
    switch (message.int8(1)) {
      case SCHEMA:
        this.schema(content)
        return
      case RECORD_BATCH:
        if (this.fields === null) throw new Error('rows before the schema')
        checkBatch(content, this.fields, body, this.rows, skipped)
        return
      case DICTIONARY_BATCH: {
        const [values, data] = [this.dictionaries.get(content.int64(0)), content.table(1)]
        if (!values || !data) throw new Error('a dictionary of no column')
        if (++this.dictionaryBatches > MOST_DICTIONARY_BATCHES)
          throw new Error(`more than ${MOST_DICTIONARY_BATCHES} batches of dictionaries`)
        checkBatch(data, [values], body, this.rows, skipped)
      }
    }
  }

  /** Every schema message is read, and the first one counts. */
  private schema(schema: FlatTable | null): void {
    if (schema === null) throw new Error('no schema')
    if (schema.int16(0) !== 0) throw new Error('numbers with their largest byte first (big endian)')
    schema.checkTexts(2)
    const fields = arrowFields(schema)
    if (this.fields !== null) return
    this.fields = fields
    const add = (field: ArrowField): void => {
      if (field.dictionary !== null) this.dictionaries.set(field.dictionary, { ...field, dictionary: null })
      for (const child of field.children) add(child)
    }
    for (const field of fields) add(field)
  }
}

/** The files that generated scenarios name, written beside them: small models, tables in every form, traces, profiles and an adapter. */
import { tableFromArrays, tableToIPC } from '@uwdata/flechette'
import { copyFileSync, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parquetWriteBuffer } from 'hyparquet-writer'
import { writeRandomWeights } from '#main/bench/random-checkpoint.ts'
import { writeSafetensors } from '#main/models/safetensors/write.ts'
import { Stream, deriveKey } from '#shared/random/counter.ts'

const ROOT = join(import.meta.dirname, '..', '..', '..')

/** Relative to the scenario. */
export const PLACES = {
  encoder: 'files/encoder',
  decoder: 'files/decoder',
  adapter: 'files/adapter',
  bandwidth: 'files/bandwidth.csv',
  downlink: 'files/link.down',
  uplink: 'files/link.up',
  availability: 'files/availability.csv',
  profiles: 'files/profiles.json',
} as const

/** The phone that the availability trace names. */
export const TRACED_PHONE = 'ann'

/** Phones that the folder of one file per phone has files for. */
export const MOST_PHONES = 5

export interface Table {
  /** Whose labels it has. */
  readonly family: 'topic' | 'stance' | 'levels'
  readonly labels: number
  readonly source: Readonly<Record<string, unknown>>
}

const levels = (source: Table['source']): Table => ({ family: 'levels', labels: 3, source })

export const PERSONAL = levels({ path: 'files/personal', text: 0, label: 1, header: false })
export const TABLES: readonly Table[] = [
  levels({ path: 'files/rows.csv', text: 'text', label: 'label' }),
  levels({ path: 'files/rows.csv', text: 'text', label: 'label', pair: 'more', header: true, format: 'csv' }),
  levels({ path: 'files/rows.tsv', text: 0, label: 1, header: false }),
  levels({ path: 'files/rows.txt', text: 0, label: 1, header: false, format: 'tsv' }),
  levels({ path: 'files/rows.jsonl', text: 'text', label: 'label', format: 'jsonl' }),
  levels({ path: 'files/rows.parquet', text: 'text', label: 'label', format: 'parquet' }),
  levels({ path: 'files/rows.json', text: ['text', 'more'], label: 'label', format: 'json' }),
  levels({ path: 'files/rows.arrow', text: 'text', label: 'label', format: 'arrow' }),
  levels({ path: 'files/comma.csv', encoding: 'windows-1252', quoted: true, delimiter: ',' }),
  levels({ path: 'files/semicolon.csv', delimiter: ';' }),
  levels({ path: 'files/bar.csv', quoted: false, delimiter: '|' }),
  levels({ path: 'files/tab.csv', encoding: 'utf-16le', delimiter: '\t' }),
  levels({ path: 'files/dataset', text: 'text', label: 'label', split: 'train' }),
  { family: 'topic', labels: 6, source: { path: 'builtin:topic/train?rows=120' } },
  { family: 'stance', labels: 2, source: { path: 'builtin:stance/train?rows=120' } },
]

const WORDS = ['bal', 'ball', 'mel', 'mela', 'nor', 'norin', 'tas', 'tasul', 'ril', 'rilo', 'vep', 'cafe', 'the', 'zu']
const LEVELS = ['low', 'middle', 'high']

interface Row {
  readonly text: string
  readonly label: string
  readonly more: string
}

function rows(count: number, first: number): Row[] {
  const words = (i: number, length: number): string =>
    Array.from({ length }, (_, k) => WORDS[(i * 7 + k * 3 + (k === 0 ? i % 3 : 0)) % WORDS.length]!).join(' ')
  return Array.from({ length: count }, (_, n) => {
    const i = first + n
    return { text: words(i, 2 + (i % 5)), label: LEVELS[i % 3]!, more: words(i + 1, 2) }
  })
}

/** @param directory where scenarios are written */
export function writeFiles(directory: string): void {
  const place = (name: string): string => join(directory, 'files', name)
  for (const folder of ['personal', 'dataset', 'adapter']) mkdirSync(place(folder), { recursive: true })
  cpSync(join(ROOT, 'tests/oracles/bert-tiny'), place('encoder'), { recursive: true })
  writeDecoder(place('decoder'))
  writeAdapter(place('adapter'))

  const all = rows(90, 0)
  const separated = (some: readonly Row[], separator: string): string =>
    some.map(({ text, label, more }) => [text, label, more].join(separator)).join('\n')
  writeFileSync(place('rows.csv'), `text,label,more\n${separated(all, ',')}\n`)
  for (const name of ['rows.tsv', 'rows.txt']) writeFileSync(place(name), `${separated(all, '\t')}\n`)
  writeFileSync(place('rows.jsonl'), all.map((row) => `${JSON.stringify(row)}\n`).join(''))
  writeFileSync(place('rows.json'), JSON.stringify(all))
  const arrow = tableFromArrays({ text: all.map(({ text }) => text), label: all.map(({ label }) => label) })
  writeFileSync(place('rows.arrow'), tableToIPC(arrow, { format: 'stream' })!)
  for (const [name, separator] of Object.entries({ comma: ',', semicolon: ';', bar: '|' })) {
    writeFileSync(place(`${name}.csv`), `text${separator}label${separator}more\n${separated(all, separator)}\n`)
  }
  writeFileSync(place('tab.csv'), `text\tlabel\tmore\n${separated(all, '\t')}\n`, 'utf16le')
  const column = (name: keyof Row) => ({ name, data: all.map((row) => row[name]) })
  writeFileSync(place('rows.parquet'), new Uint8Array(parquetWriteBuffer({ columnData: [column('text'), column('label')] })))
  writeFileSync(place('dataset/train-00000-of-00001.csv'), `text,label,more\n${separated(all, ',')}\n`)
  writeFileSync(place('dataset/test-00000-of-00001.csv'), `text,label,more\n${separated(rows(30, 200), ',')}\n`)
  for (let phone = 0; phone < MOST_PHONES; phone++)
    writeFileSync(place(`personal/${phone}.tsv`), `${separated(rows(30, 40 * phone), '\t')}\n`)

  writeFileSync(place('bandwidth.csv'), 'seconds,downMbps,upMbps\n0,8,2\n3,.6,.2\n5,20,6\n9,8,2\n')
  // Of two hours, so that a recording that ends does so after any run.
  writeFileSync(place('link.down'), `${Array.from({ length: 14_400 }, (_, i) => 500 * (i + 1)).join('\n')}\n`)
  writeFileSync(place('link.up'), `${Array.from({ length: 7200 }, (_, i) => 1000 * (i + 1)).join('\n')}\n`)
  const spans = Array.from({ length: 400 }, (_, i) => `${TRACED_PHONE},${3 * i},${3 * i + (i % 3 === 0 ? 0.4 : 1.5)}`)
  writeFileSync(place('availability.csv'), `phone,from,to\n${spans.join('\n')}\n${TRACED_PHONE},2000,inf\n`)
  writeFileSync(place('profiles.json'), JSON.stringify(ownProfiles()))
}

/** Two layers with random weights that read the words of the built-in encoder. */
function writeDecoder(directory: string): void {
  const encoder = join(ROOT, 'resources/models/encoder')
  const { vocab_size } = JSON.parse(readFileSync(join(encoder, 'config.json'), 'utf8')) as { vocab_size: number }
  mkdirSync(directory, { recursive: true })
  const shape = { hidden_size: 32, intermediate_size: 32, num_hidden_layers: 2, num_attention_heads: 4, num_key_value_heads: 2 }
  writeRandomWeights(
    directory,
    { model_type: 'qwen2', ...shape, vocab_size, max_position_embeddings: 64, tie_word_embeddings: true },
    1,
    'fp32',
  )
  for (const name of ['tokenizer.json', 'tokenizer_config.json']) copyFileSync(join(encoder, name), join(directory, name))
}

/** As PEFT saves one for the small encoder: rank 2, at query and value of both layers. */
function writeAdapter(directory: string): void {
  const config = { peft_type: 'LORA', r: 2, lora_alpha: 4, bias: 'none', target_modules: ['query', 'value'], task_type: 'SEQ_CLS' }
  writeFileSync(join(directory, 'adapter_config.json'), JSON.stringify(config))
  const stream = new Stream(deriveKey(1, 'adapter'))
  const hidden = 16
  const tensors = [0, 1].flatMap((layer) =>
    ['query', 'value'].flatMap((target) =>
      (['A', 'B'] as const).map((half) => {
        const data = Float32Array.from({ length: 2 * hidden }, () => 0.1 * stream.normal())
        const shape = half === 'A' ? [2, hidden] : [hidden, 2]
        const name = `base_model.model.bert.encoder.layer.${layer}.attention.self.${target}.lora_${half}.weight`
        return [name, { dtype: 'F32' as const, shape, data }] as const
      }),
    ),
  )
  writeSafetensors(join(directory, 'adapter_model.safetensors'), tensors)
}

function ownProfiles(): object {
  const source = 'made up'
  const device = { id: 'own-phone', name: 'A phone of our own', kind: 'phone', ramBytes: 4e9, memoryCapBytes: 1e9, gflops: 3 }
  const heat = { thermal: { floor: 0.6, tauSeconds: 2 }, energyJoulesPerGflop: 0.2, batteryWattHours: 0.001 }
  const link = { id: 'own-link', name: 'A link of our own', downBitsPerSecond: 3e6, upBitsPerSecond: 1e6, roundTripSeconds: 0.1 }
  const weather = { lossRate: 0.02, jitterSeconds: 0.02, sigma: 0.5, outages: { upSeconds: 4, downSeconds: 0.5 } }
  return {
    devices: [{ ...device, ...heat, source, estimated: [] }],
    links: [{ ...link, ...weather, source, estimated: [] }],
  }
}

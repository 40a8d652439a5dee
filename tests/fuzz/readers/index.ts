/** Every reader of what comes from outside, by the name under which it is asked for. */
import type { FuzzedReader } from '../reader.ts'

export const READERS: Readonly<Record<string, () => Promise<FuzzedReader>>> = {
  safetensors: async () => (await import('./models.ts')).safetensors,
  config: async () => (await import('./models.ts')).config,
  tokenizer: async () => (await import('./models.ts')).tokenizer,
  tsv: async () => (await import('./tables.ts')).tsv,
  csv: async () => (await import('./tables.ts')).csv,
  jsonl: async () => (await import('./tables.ts')).jsonl,
  json: async () => (await import('./tables.ts')).json,
  parquet: async () => (await import('./tables.ts')).parquet,
  arrow: async () => (await import('./tables.ts')).arrow,
  'scenario-json': async () => (await import('./scenarios.ts')).scenarioJson,
  'scenario-yaml': async () => (await import('./scenarios.ts')).scenarioYaml,
  trace: async () => (await import('./scenarios.ts')).trace,
  availability: async () => (await import('./scenarios.ts')).availability,
  cooperlab: async () => (await import('./sessions.ts')).cooperlab,
  store: async () => (await import('./sessions.ts')).storeFile,
  frame: async () => (await import('./messages.ts')).frame,
  rpc: async () => (await import('./messages.ts')).rpc,
}

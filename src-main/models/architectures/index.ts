/** The architectures that the lab can load, by Hugging Face's `model_type`. */
import { albert } from './albert.ts'
import type { Architecture } from './architecture.ts'
import { bert } from './bert.ts'
import { debertaV2 } from './deberta.ts'
import { distilbert } from './distilbert.ts'
import { gpt2 } from './gpt2.ts'
import { llama, mistral, qwen2, qwen3 } from './llama.ts'
import { opt } from './opt.ts'
import { roberta, xlmRoberta } from './roberta.ts'

const all = [bert, distilbert, roberta, xlmRoberta, albert, debertaV2, gpt2, opt, llama, mistral, qwen2, qwen3]

export const architectures: Readonly<Record<string, Architecture>> = Object.fromEntries(all.map((own) => [own.modelType, own]))

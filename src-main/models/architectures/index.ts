/** The architectures that the lab can load, by Hugging Face's `model_type`. */
import type { Architecture } from './architecture.ts'
import { bert } from './bert.ts'

export const architectures: Readonly<Record<string, Architecture>> = { bert }

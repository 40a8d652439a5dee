/** Checkpoints whose matrices are packed by another program: known by the tensors that lie beside them, whatever the config says. */
import { InputError } from '#shared/errors/input-error.ts'
import { type TensorInfo, scaleOf } from './format.ts'

const SIGNS: readonly (readonly [sign: RegExp, method: string])[] = [
  [/\.g_idx$/, 'GPTQ'],
  [/\.qweight$/, 'GPTQ or AWQ'],
  [/\.(SCB|absmax|nested_absmax|quant_map)$|quant_state\.bitsandbytes/, 'bitsandbytes'],
  [/_(blocks|scales)$/, 'MXFP4'],
  [/\.weight_packed$/, 'compressed-tensors'],
  [/\.weight_scale(_inv)?$/, 'fp8'],
  [/\.(W_q|weight\._data|weight\._scale|weight_quantizer\._scale)$/, 'HQQ or quanto'],
]

/** @throws InputError naming the method */
export function refuseQuantised(directory: string, tensors: ReadonlyMap<string, TensorInfo>): void {
  const names = [...tensors.keys()]
  for (const [sign, method] of SIGNS) {
    const found = names.find((name) => sign.test(name))
    if (found) throw refusal(directory, found, `of weights quantised by ${method}`)
  }
  for (const [name, { dtype, shape }] of tensors) {
    if (dtype.startsWith('F8_')) throw refusal(directory, name, `in ${dtype}, weights quantised to fp8`)
    if (dtype === 'I8' && shape.length > 1 && !scaleOf(tensors, name))
      throw refusal(directory, name, 'in I8 without the scales of its rows')
  }
}

function refusal(directory: string, name: string, found: string): InputError {
  const expected = 'the model before it was quantised (fp32, fp16 or bf16); model.weights packs it here'
  return new InputError(`${directory}: tensor ${name}`, found, expected)
}

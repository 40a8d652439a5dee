import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Workspace, checkpoint, jsonOf, runCli, workspace } from './run-cli.ts'

let folder: Workspace
beforeAll(() => {
  folder = workspace()
  checkpoint(folder, 'tiny')
})
afterAll(() => folder[Symbol.dispose]())

test('inspect says what a checkpoint is, what it can do and what each way of training it takes', async () => {
  const found = jsonOf<Record<string, unknown>>(await runCli(folder.directory, ['inspect', 'tiny', '--json']))
  expect(found).toMatchObject({ modelType: 'bert', sizes: { hidden: 16, layers: 2, vocabulary: 60 }, biased: true })
  expect(found['tasks']).toContainEqual({ task: 'classification', possible: true })
  expect((found['memory'] as { bytes: number }[]).every(({ bytes }) => bytes > 1e7)).toBe(true)
})

test('inspect shows what it can of a checkpoint that is not supported, why not, and ends with 2', async () => {
  folder.file(
    'mixtral/config.json',
    JSON.stringify({ model_type: 'mixtral', architectures: ['MixtralForCausalLM'], hidden_size: 4096, num_local_experts: 8 }),
  )
  folder.file('mixtral/tokenizer.model', '')
  const { code, stdout, stderr } = await runCli(folder.directory, ['inspect', 'mixtral'])
  expect(code).toBe(2)
  expect(stdout).toMatch(/model +mixtral \(MixtralForCausalLM\)\n/)
  expect(stdout).toMatch(/sizes +hidden 4096, experts 8\n/)
  expect(stdout).toMatch(/files +no safetensors that can be read\n/)
  expect(stdout).toMatch(/tokenizer +tokenizer.model\n/)
  expect(stdout).toMatch(/supported +no: .*model_type: "mixtral"; expected one of /)
  expect(stderr.trim().split('\n')).toHaveLength(1)
  const told = await runCli(folder.directory, ['inspect', 'mixtral', '--json'])
  expect(JSON.parse(told.stdout)).toMatchObject({ supported: false, modelType: 'mixtral', files: null, parameters: null })
  expect((await runCli(folder.directory, ['inspect', 'nowhere'])).stdout).toBe('')
})

import { fileURLToPath } from 'node:url'
import { ESLint } from 'eslint'
import { expect, it } from 'vitest'

const projectRoot = fileURLToPath(new URL('../../../', import.meta.url))
const eslint = new ESLint({ cwd: projectRoot })

/** Rule names that a component with this template breaks, as errors, under the project's own configuration. */
async function brokenRules(template: string): Promise<(string | null)[]> {
  const component = `<script setup lang="ts">
const devices: readonly { id: string; online: boolean }[] = []
</script>

<template>
  ${template}
</template>
`
  const [result] = await eslint.lintText(component, { filePath: 'src-renderer/components/DeviceList.vue' })
  return result!.messages.filter(({ severity }) => severity === 2).map(({ ruleId }) => ruleId)
}

it('a repeated element with a key is fine', async () => {
  expect(await brokenRules('<ul><li v-for="device in devices" :key="device.id">{{ device.id }}</li></ul>')).toEqual([])
})

it('a repeated element without a key is an error', async () => {
  expect(await brokenRules('<ul><li v-for="device in devices">{{ device.id }}</li></ul>')).toContain('vue/require-v-for-key')
})

it('v-if on the element that v-for repeats is an error', async () => {
  const rules = await brokenRules('<ul><li v-for="device in devices" v-if="device.online" :key="device.id">{{ device.id }}</li></ul>')
  expect(rules).toContain('vue/no-use-v-if-with-v-for')
})

it('no rule of ESLint reaches past the templates: it has only vue/ rules, and for Vue files only', async () => {
  const { rules } = (await eslint.calculateConfigForFile('src-renderer/components/DeviceList.vue')) as { rules: Record<string, unknown> }
  expect(Object.keys(rules).filter((name) => !name.startsWith('vue/'))).toEqual([])
  const other = (await eslint.calculateConfigForFile('src-main/lab/run-session.ts')) as { rules?: Record<string, unknown> } | undefined
  expect(Object.keys(other?.rules ?? {})).toEqual([])
})

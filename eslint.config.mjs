/**
 * ESLint looks at Vue templates only, which oxlint can't read. It owns every vue/ rule and nothing else: oxlint has the script part of
 * the same files, oxfmt their layout.
 */
import vue from 'eslint-plugin-vue'
import typescriptParser from '@typescript-eslint/parser'

const files = ['src-renderer/**/*.vue']

export default [
  ...vue.configs['flat/recommended-error'].map((config) => ({ ...config, files })),
  {
    name: 'cooperlab/vue',
    files,
    languageOptions: { parserOptions: { parser: typescriptParser } },
    rules: {
      ...vue.configs['no-layout-rules'].rules,
      'vue/require-v-for-key': 'error',
      'vue/valid-v-for': 'error',
      'vue/no-use-v-if-with-v-for': 'error',
      // A prop that may be absent has its type say so.
      'vue/require-default-prop': 'off',
    },
  },
]

import { describe, expect, test } from 'vitest'
import { COMMANDS } from '#shared/api/command-list.ts'
import { isKey, keyCaps } from '#renderer/commands/keys.ts'
import { fileName } from '#renderer/commands/files.ts'
import { matching } from '#renderer/frame/fuzzy.ts'

const pressed = (key: string, held: Partial<Record<'ctrlKey' | 'metaKey' | 'shiftKey' | 'altKey', boolean>> = {}) => ({
  key,
  ctrlKey: false,
  metaKey: false,
  shiftKey: false,
  altKey: false,
  ...held,
})

test('no two commands have the same id, title or key', () => {
  for (const part of ['id', 'title', 'key'] as const) {
    const values = COMMANDS.flatMap((command) => (part in command ? [(command as Record<string, string>)[part]!.toLowerCase()] : []))
    expect(new Set(values).size).toBe(values.length)
  }
})

describe('a key', () => {
  test('with Mod is Control, and Command on Apple machines', () => {
    expect(isKey(pressed('k', { ctrlKey: true }), 'Mod+K', false)).toBe(true)
    expect(isKey(pressed('k', { metaKey: true }), 'Mod+K', false)).toBe(false)
    expect(isKey(pressed('k', { metaKey: true }), 'Mod+K', true)).toBe(true)
    expect(isKey(pressed('k'), 'Mod+K', false)).toBe(false)
    expect(isKey(pressed('k', { ctrlKey: true, altKey: true }), 'Mod+K', false)).toBe(false)
  })

  test('with Shift is not the one without', () => {
    expect(isKey(pressed('Home', { shiftKey: true }), 'Shift+Home', false)).toBe(true)
    expect(isKey(pressed('Home'), 'Shift+Home', false)).toBe(false)
    expect(isKey(pressed('I', { shiftKey: true }), 'i', false)).toBe(false)
  })

  test('that is a sign counts however it is typed, and Space has its name', () => {
    expect(isKey(pressed('?', { shiftKey: true }), '?', false)).toBe(true)
    expect(isKey(pressed('+', { shiftKey: true }), '+', false)).toBe(true)
    expect(isKey(pressed('+'), '+', false)).toBe(true)
    expect(isKey(pressed(' '), 'Space', false)).toBe(true)
  })

  test('is shown as caps of the machine', () => {
    expect(keyCaps('Mod+Shift+k', false)).toEqual(['Ctrl', 'Shift', 'K'])
    expect(keyCaps('Mod+.', true)).toEqual(['⌘', '.'])
    expect(keyCaps('+', false)).toEqual(['+'])
  })
})

test('a command is found by letters of its title, first where they begin its words', () => {
  expect(matching('gofl', COMMANDS)[0]!.id).toBe('view.fleet')
  expect(matching('dark', COMMANDS)[0]!.id).toBe('theme.dark')
  expect(matching('zzz', COMMANDS)).toEqual([])
  expect(matching('', COMMANDS).map(({ id }) => id)).toEqual(COMMANDS.map(({ id }) => id))
})

test('a name becomes a file name that every system takes', () => {
  expect(fileName('Quickstart: six topics on eight phones')).toBe('Quickstart-six-topics-on-eight-phones')
  expect(fileName('../../etc/passwd')).toBe('etc-passwd')
  expect(fileName('日本語 run')).toBe('日本語-run')
  expect(fileName('???')).toBe('untitled')
  expect(fileName('x'.repeat(300))).toHaveLength(80)
})

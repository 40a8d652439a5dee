/** Names that mean something to a terminal, in all places where the command line shows them. */
import { expect, test } from 'vitest'
import { openStore } from '#main/store/open-store.ts'
import { sampleSession, scenario } from '../../unit/store/sample-session.ts'
import { runCli, workspace } from './run-cli.ts'

const EVIL = 'a\x1b]0;owned\x07\x1b[2J\x9b31m\rb\u202ec\nstate finished'

test('no escape sequence of a name, tag, note, file or key reaches the terminal, and none makes a line of its own', async () => {
  using space = workspace()
  const store = openStore(space.path('lab.db'))
  const about = { name: EVIL, method: 'cooper', seed: 1, startedAt: '2026-01-01T00:00:00.000Z', environment: {} }
  for (const [id, name] of [
    ['a', EVIL],
    ['b', 'plain'],
  ] as const) {
    store.createSession({ id, ...about, name, scenario: { ...scenario, name } })
    store.append(
      id,
      sampleSession(id, 2).map((event) => (event.kind === 'session-started' ? { ...event, scenario: { ...scenario, name } } : event)),
    )
    store.describe(id, { tags: [EVIL], notes: EVIL })
  }
  store.finish('a', { state: 'failed', endedAt: about.startedAt, error: EVIL })
  store.close()
  const runs = [
    ['sessions'],
    ['sessions', '--json'],
    ['compare', 'a', 'b'],
    ['replay', 'a'],
    ['note', 'a', '--tag', EVIL],
    ['note', EVIL],
  ].map((words) => [...words, '--store', 'lab.db'])
  const outcomes = await Promise.all(
    [...runs, ['run', EVIL], ['run', 'x.json', '--set', EVIL], [EVIL], ['inspect', EVIL]].map((words) => runCli(space.directory, words)),
  )
  for (const { stdout, stderr } of outcomes) {
    // eslint-disable-next-line no-control-regex -- the pattern looks for control characters that should not be there
    expect(stdout + stderr).not.toMatch(/[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]/)
    expect(stdout + stderr).not.toBe('')
  }
  const [sessions, json, compared] = outcomes.map(({ stdout }) => stdout)
  expect(sessions!.trimEnd().split('\n')).toHaveLength(3)
  expect((JSON.parse(json!) as { sessions: { name: string }[] }).sessions[0]!.name).toBe(EVIL)
  expect(compared).toContain('\\u001b')
  for (const { stderr } of outcomes.slice(6)) expect(stderr.trimEnd().split('\n')).toHaveLength(1)
}, 60_000)

test('a name that is too long is refused where it stands', async () => {
  using space = workspace()
  space.file('s.json', JSON.stringify({ ...scenario, name: 'x'.repeat(2 ** 19) }))
  const { code, stderr } = await runCli(space.directory, ['run', 's.json', '--no-store'])
  expect([code, stderr]).toEqual([2, `error: s.json: name: "${'x'.repeat(57)}..."; expected a name of at most 200 characters\n`])
})

import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import ts from 'typescript'
import { expect, test } from 'vitest'

/** Starts what has a window to show. */
const SHOWS = join('src-main', 'shells', 'electron', 'run-desktop.ts')

const root = join(import.meta.dirname, '..', '..', '..')

/**
 * Calls that start a process without `windowsHide: true`: each would open a console beside the app on Windows. Followed are names imported from
 * node:child_process, and what `promisify` makes of them.
 */
function unhidden(file: string, text: string): string[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true)
  const starters = new Set<string>()
  const found: string[] = []
  const isPromisified = (node: ts.Expression): boolean =>
    ts.isCallExpression(node) && node.expression.getText() === 'promisify' && starters.has(node.arguments[0]?.getText() ?? '')
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) && /^'(node:)?child_process'$/.test(node.moduleSpecifier.getText())) {
      const names = node.importClause?.namedBindings
      if (names && ts.isNamedImports(names)) {
        names.elements.filter((name) => !name.isTypeOnly).forEach((name) => starters.add(name.name.text))
      } else if (!node.importClause?.isTypeOnly) found.push(`${file}: name what is taken of child_process`)
    }
    if (ts.isVariableDeclaration(node) && node.initializer && isPromisified(node.initializer)) starters.add(node.name.getText())
    if (ts.isCallExpression(node) && (starters.has(node.expression.getText()) || isPromisified(node.expression))) {
      const hides = node.arguments.some(
        (argument) =>
          ts.isObjectLiteralExpression(argument) && argument.properties.some((property) => property.getText() === 'windowsHide: true'),
      )
      const { line } = source.getLineAndCharacterOfPosition(node.getStart())
      if (!hides) found.push(`${file}:${line + 1}`)
    }
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

test('every process that the lab and its shells start has no console of its own', () => {
  const files = globSync('src-main/**/*.ts', { cwd: root })
  const starting = files
    .filter((file) => file !== SHOWS)
    .filter((file) => /from '(node:)?child_process'/.test(readFileSync(join(root, file), 'utf8')))
  expect(starting.length).toBeGreaterThan(10)
  expect(starting.flatMap((file) => unhidden(file, readFileSync(join(root, file), 'utf8')))).toEqual([])
})

test('a start that forgets it is found, however it is written', () => {
  const text = `
    import { execFile, spawn, type ChildProcess } from 'node:child_process'
    const run = promisify(execFile)
    spawn('a', [], { windowsHide: true })
    spawn('b', [])
    run('c', ['windowsHide: true'])
    await promisify(execFile)('d', [], { windowsHide: false })`
  expect(unhidden('x.ts', text)).toEqual(['x.ts:5', 'x.ts:6', 'x.ts:7'])
  expect(unhidden('y.ts', "import * as child from 'node:child_process'")).toHaveLength(1)
})

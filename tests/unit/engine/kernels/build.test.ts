import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { projectRoot, wasmPath } from './loaded.ts'

it('resources/kernels.wasm is what its source compiles to (else: npm run kernels)', () => {
  const folder = mkdtempSync(join(tmpdir(), 'kernels-'))
  try {
    const compiled = join(folder, 'kernels.wasm')
    const compiler = join(projectRoot, 'node_modules/assemblyscript/bin/asc.js')
    const config = 'src-main/engine/kernels/assembly/asconfig.json'
    execFileSync(process.execPath, [compiler, '--config', config, '--outFile', compiled], { cwd: projectRoot })
    expect(readFileSync(compiled).equals(readFileSync(wasmPath))).toBe(true)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

it('the module keeps nothing in the memory it is given and imports nothing else', () => {
  const bytes = readFileSync(wasmPath)
  const sections: number[] = []
  const unsigned = (at: number): { value: number; next: number } => {
    for (let value = 0, shift = 0, next = at; ; shift += 7) {
      const byte = bytes[next++]!
      value |= (byte & 127) << shift
      if (byte < 128) return { value, next }
    }
  }
  for (let at = 8; at < bytes.length;) {
    sections.push(bytes[at]!)
    const { value, next } = unsigned(at + 1)
    if (bytes[at] === 2) expect(unsigned(next).value).toBe(1)
    at = next + value
  }
  const [start, data] = [8, 11]
  expect(sections).not.toContain(start)
  expect(sections).not.toContain(data)
})

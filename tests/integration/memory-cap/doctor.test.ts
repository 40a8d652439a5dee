import { totalmem } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { examine } from '#main/fleet/examine-machine.ts'
import type { AppliedCap, CapMechanism } from '../../../src-main/fleet/memory-cap/mechanism.ts'
import { proveCap } from '../../../src-main/fleet/memory-cap/proof.ts'
import { tryNativeModule } from '../../../src-main/fleet/native-modules.ts'

/** Claims a cap and does nothing. */
const idle: CapMechanism = {
  name: 'monitor',
  enforced: false,
  unavailable: () => null,
  apply: ({ capBytes }): AppliedCap => ({
    mechanism: 'monitor',
    enforced: false,
    capBytes,
    idleBytes: 0,
    stoppedByCap: () => false,
    release() {},
  }),
}

/** Kills at once whatever the process holds. */
const tooStrict: CapMechanism = {
  ...idle,
  apply(target) {
    process.kill(target.pid, 'SIGKILL')
    return { ...idle.apply(target), stoppedByCap: () => true }
  },
}

describe('the doctor', () => {
  test('finds this machine fit, and its report is plain JSON', async () => {
    const report = await examine()
    expect(JSON.parse(JSON.stringify(report))).toEqual(report)
    expect(report.problems).toEqual([])
    expect(report).toMatchObject({ node: process.versions.node, platform: process.platform, memoryBytes: totalmem() })
    expect(report.runtime).toMatchObject({ telemetry: 'off', loads: true })
    expect(report.nativeModules.map(({ name, ok }) => [name, ok])).toEqual([
      ['better-sqlite3', true],
      ['koffi', true],
      ['tokenizers', true],
      ['onnxruntime-node', true],
    ])
    expect(report.memoryCap.proved).toBe(true)
    expect(report.memoryCap.enforced).toBe(report.memoryCap.inForce !== 'monitor')
  })

  test('reports a Node that cannot be started instead of throwing', async () => {
    const report = await examine(join(import.meta.dirname, 'no-such-node'))
    expect(report).toMatchObject({ node: null, runtime: { loads: false }, memoryCap: { proved: false } })
    expect(report.problems.join('\n')).toContain('no-such-node')
  })

  test('says how a native module ended when it does not work', async () => {
    // Node ends before the module loads.
    const found = await tryNativeModule('koffi', process.execPath, { NODE_OPTIONS: '--require=./no-such-file.cjs' })
    expect(found).toMatchObject({ name: 'koffi', ok: false })
    expect(found.why).toContain('no-such-file')
  })

  test('does not take a mechanism that caps nothing for proved', async () => {
    expect(await proveCap(idle, process.execPath)).toEqual({ proved: false, why: 'a process past its cap finished' })
  })

  test('does not take a mechanism that allows nothing for proved', async () => {
    expect(await proveCap(tooStrict, process.execPath)).toMatchObject({ proved: false, why: expect.stringContaining('below its cap') })
  })
})

/** Proves a mechanism on this machine by capping a small process and letting it go past its cap. */
import { once } from 'node:events'
import { exitReason } from '../exit-reason.ts'
import { startNode } from '../start-node.ts'
import type { AppliedCap, CapMechanism } from './mechanism.ts'
import { clauseOf } from './native.ts'
import { requireProcessMemory } from './process-memory.ts'

const mebibyte = 2 ** 20
const budget = 48 * mebibyte
const within = 16 * mebibyte
const past = 128 * mebibyte

// The test program holds what fits, says so, then asks for what doesn't. It stays a while afterwards, because a monitor is late by a sample.
const greedy = `
  process.send('ready')
  process.once('message', () => {
    const held = [new Uint8Array(${within}).fill(1)]
    process.send('within', () => {
      try { held.push(new Uint8Array(${past}).fill(1)) } catch { process.exit(77) }
      setTimeout(() => process.exit(0), 1000)
    })
  })`

interface Proof {
  proved: boolean
  /** Why the cap isn't proved, as a clause; absent if it is. */
  why?: string
}

/** Proves a mechanism in about 0.2 s. It never throws. @param nodeBinary the Node that runs the workers */
export async function proveCap(mechanism: CapMechanism, nodeBinary: string): Promise<Proof> {
  const child = startNode(['-e', greedy], { node: nodeBinary, launcher: mechanism.launcher })
  let cap: AppliedCap | undefined
  let heldWithin = false
  let stderrTail = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderrTail = (stderrTail + text).slice(-16_384)))
  const ended = once(child, 'close') as Promise<[number | null, string | null]>
  const overdue = setTimeout(() => child.kill('SIGKILL'), 5000)
  try {
    child.on('message', (message) => {
      if (message === 'within') heldWithin = true
      if (message !== 'ready') return
      try {
        const pid = child.pid ?? 0
        cap = mechanism.apply({ pid, capBytes: requireProcessMemory(pid).residentBytes + budget })
        child.send('go')
      } catch (error) {
        stderrTail = clauseOf(error)
        child.kill('SIGKILL')
      }
    })
    const [code, signal] = await ended
    if (!cap) return { proved: false, why: `the cap could not be set: ${stderrTail.trim()}` }
    const reason = exitReason({ code, signal, stderrTail, stoppedByCap: cap.stoppedByCap(), capApplied: true })
    if (!heldWithin) return { proved: false, why: `a process below its cap ${reason.words}` }
    return reason.kind === 'cap-hit' ? { proved: true } : { proved: false, why: `a process past its cap ${reason.words}` }
  } catch (error) {
    return { proved: false, why: clauseOf(error) }
  } finally {
    clearTimeout(overdue)
    cap?.release()
  }
}

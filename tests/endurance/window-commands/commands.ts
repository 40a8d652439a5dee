/** What a user can do in a window, as commands of fast-check: each is given to the real lab, whether it makes sense then or not. */
import fc from 'fast-check'
import { InputError } from '#shared/errors/input-error.ts'
import type { RealWindows } from './real-windows.ts'

/** What ought to be there. */
export interface Model {
  /** Sessions that the lab was given, in order. */
  readonly sessions: string[]
}

export interface Command {
  /** Whether it can be given at all. */
  check(model: Readonly<Model>): boolean
  run(model: Model, real: RealWindows): Promise<void>
}

abstract class Do implements Command {
  readonly which: number
  readonly share: number

  /** @param which of the sessions @param share where in it, from 0 to 1 */
  constructor(which: number, share: number) {
    this.which = which
    this.share = share
  }

  check(model: Readonly<Model>): boolean {
    return model.sessions.length > 0
  }

  async run(model: Model, real: RealWindows): Promise<void> {
    const session = model.sessions[this.which % model.sessions.length] ?? ''
    try {
      await this.act(session, model, real)
    } catch (error) {
      // A user may ask for what can't be now, and is told so; nothing else may go wrong.
      if (!(error instanceof InputError)) throw error
    }
    if (real.faults.length > 0) throw new Error(real.faults.join('\n'))
    for (const each of model.sessions) await real.check(each, this.share)
  }

  toString(): string {
    return `${this.constructor.name}(${this.which}, ${this.share})`
  }

  abstract act(session: string, model: Model, real: RealWindows): Promise<void>
}

class Start extends Do {
  /** Phones of two sessions are enough for a small machine. */
  override check({ sessions }: Readonly<Model>): boolean {
    return sessions.length < 2
  }

  async act(_: string, model: Model, real: RealWindows): Promise<void> {
    model.sessions.push(await real.start())
  }
}

class Pause extends Do {
  act = async (session: string, _: Model, { newest }: RealWindows): Promise<void> => void (await newest.pause(session))
}

class Proceed extends Do {
  act = async (session: string, _: Model, { first }: RealWindows): Promise<void> => void (await first.proceed(session))
}

class Step extends Do {
  act = async (session: string, _: Model, { newest }: RealWindows): Promise<void> => void (await newest.step(session))
}

class Tune extends Do {
  act = (session: string, _: Model, { first }: RealWindows): Promise<void> =>
    first.tune(session, [this.which % 3], this.share > 0.1 ? { gflops: 1 + 10 * this.share } : {})
}

class Stop extends Do {
  act = async (session: string, _: Model, { newest }: RealWindows): Promise<void> => void (await newest.stop(session))
}

class Resume extends Do {
  act = async (session: string, _: Model, { first }: RealWindows): Promise<void> => void (await first.resume(session))
}

/** Nothing is done to a session that is only looked at. */
class Scrub extends Do {
  act = async (): Promise<void> => {}
}

class Delete extends Do {
  async act(session: string, model: Model, { first }: RealWindows): Promise<void> {
    await first.remove([session])
    model.sessions.splice(model.sessions.indexOf(session), 1)
  }
}

class Import extends Do {
  async act(session: string, model: Model, { newest }: RealWindows): Promise<void> {
    const file = await newest.exportSession(session)
    model.sessions.push(await newest.importSession(file))
  }
}

class Describe extends Do {
  act = (session: string, _: Model, { newest }: RealWindows): Promise<void> =>
    newest.describeSession(session, { tags: ['a'], notes: String(this.share) })
}

class SecondWindow extends Do {
  override check = (): boolean => true
  act = (_: string, __: Model, real: RealWindows): Promise<void> => real.openWindow()
}

/** Time passes: until the session that runs has gone on. */
class Wait extends Do {
  async act(session: string, _: Model, { first }: RealWindows): Promise<void> {
    const { length } = await first.open(session)
    for (let tries = 0; tries < 50; tries++) {
      const running = await first.running()
      const own = running.find((status) => status.session === session)
      if (!own || own.state === 'paused' || (await first.open(session)).length > length + 4) return
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
}

/** A session that starts, and up to so many commands after it. */
export function commands(most: number): fc.Arbitrary<readonly Command[]> {
  const kinds = [Start, Wait, Wait, Wait, Pause, Proceed, Step, Tune, Stop, Resume, Resume, Scrub, Delete, Import, Describe, SecondWindow]
  const where = fc.tuple(fc.nat(5), fc.integer({ min: 0, max: 100 }))
  const any = kinds.map((Kind) => where.map(([which, percent]): Command => new Kind(which, percent / 100)))
  return fc.noBias(fc.array(fc.oneof(...any), { maxLength: most, size: 'max' })).map((some) => [new Start(0, 0.5), ...some])
}

/** Runs them, and looks at everything when nothing runs any more. */
export async function runCommands(real: RealWindows, some: readonly Command[]): Promise<void> {
  const model: Model = { sessions: [] }
  for (const command of some) if (command.check(model)) await command.run(model, real)
  await real.settle()
  for (const session of model.sessions) {
    await real.check(session, 0.5)
    await real.checkTold(session)
  }
  if (real.faults.length > 0) throw new Error(real.faults.join('\n'))
}

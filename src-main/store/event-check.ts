/** Checks the events of a session that somebody else may have written: each must have a known form, and their order must make sense to the fold. */
import type { InputError } from '#shared/errors/input-error.ts'
import { whatIsWrongWithEvent } from '#shared/events/event-schema.ts'
import type { LabEvent } from '#shared/events/event.ts'
import { parseScenario } from '#shared/scenario/scenario.ts'

type Refuse = (found: string) => InputError

export class EventCheck {
  begun = false
  private readonly session: string
  private readonly refuse: Refuse
  private phones = 0
  private round = 0

  constructor(session: string, refuse: Refuse) {
    this.session = session
    this.refuse = refuse
  }

  checked(value: unknown): LabEvent {
    const wrong = whatIsWrongWithEvent(value)
    if (wrong !== null) throw this.refuse(wrong)
    const event = value as LabEvent
    if ((event.kind === 'session-started') === this.begun) throw this.refuse(`an event ${event.kind} where none can be`)
    if (event.kind === 'session-started') {
      this.begun = true
      this.phones = event.phones.length
      return { ...event, session: this.session, scenario: parseScenario(event.scenario, 'session-started') }
    }
    if ('phone' in event && event.phone >= this.phones)
      throw this.refuse(`an event ${event.kind} of phone ${event.phone} of ${this.phones}`)
    if (event.kind === 'round-started') this.round++
    if (this.round === 0 && OF_A_ROUND.has(event.kind)) throw this.refuse(`an event ${event.kind} before any round`)
    return event
  }
}

const OF_A_ROUND: ReadonlySet<LabEvent['kind']> = new Set(['bits-chosen', 'phone-reported', 'update-applied', 'round-scheduled'])

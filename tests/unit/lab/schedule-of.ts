/** The schedule of a round, found among the events of its session. */
import { rescheduled } from '#main/lab/reschedule.ts'
import type { RoundScheduled } from '#main/timeline/recorded-round.ts'
import type { LabEvent } from '#shared/events/event.ts'
import type { PolicyName } from '#shared/scenario/schedule-schema.ts'

type Event<K extends LabEvent['kind']> = Extract<LabEvent, { kind: K }>

/** @param events all events of the session @param policy @default the one that the round ran under @returns null where `rescheduled` does, and for an unknown round */
export function scheduleOf(events: Iterable<LabEvent>, round: number, policy?: PolicyName): RoundScheduled | null {
  let started: Event<'session-started'> | null = null
  const tuned: Event<'phone-tuned'>[] = []
  for (const event of events) {
    if (event.kind === 'session-started') started = event
    else if (event.kind === 'phone-tuned') tuned.push(event)
    else if (event.kind === 'round-scheduled' && event.round === round) {
      return policy === undefined || policy === event.policy ? event : started && rescheduled(started, tuned, event, policy)
    }
  }
  return null
}

/** Carries LabCalls and LabNotices over a channel. Anything but a call of the contract with valid arguments is refused before it reaches the lab. */
import { carry } from '../rpc/carried-error.ts'
import type { Channel } from '../rpc/channel.ts'
import type { AnswerMessage } from '../rpc/peer-messages.ts'
import { type Peer, connectPeer } from '../rpc/peer.ts'
import { readCall } from './call-message.ts'
import { CALL_ARGUMENTS } from './call-schema.ts'
import type { LabCalls, LabNotices } from './lab-api.ts'

const CALLS: ReadonlySet<string> = new Set(Object.keys(CALL_ARGUMENTS))
/** The names of the notices that a window may be sent. */
const NOTICES: ReadonlySet<string> = new Set(
  Object.keys({ events: true, status: true, doing: true, sessionsChanged: true, warn: true } satisfies Record<keyof LabNotices, true>),
)

const GONE = 'The lab has gone; this window is no longer connected to it.'

/** Connects a window to the lab. Calls in flight when the channel closes reject. */
export function callLab(channel: Channel, notices: LabNotices): LabCalls {
  return untilClosed(channel, connectPeer<LabCalls, LabNotices>(channel, notices, { allowed: NOTICES })).call
}

/** Connects the lab to a window. @returns the functions that send notices to this window */
export function serveLab(channel: Channel, calls: LabCalls): LabNotices {
  const window = connectPeer<LabNotices, LabCalls>(channel, calls, {
    allowed: CALLS,
    read(message) {
      const call = readCall(message)
      if (!('refused' in call)) return call
      channel.post({ t: 's', ...(call.i === undefined ? {} : { i: call.i }), e: carry(call.refused) } satisfies AnswerMessage)
      return null
    },
  })
  return untilClosed(channel, window).tell
}

function untilClosed<Theirs>(channel: Channel, peer: Peer<Theirs>): Peer<Theirs> {
  channel.onClose(() => peer.end(new Error(GONE)))
  return peer
}

/** LabCalls and LabNotices over a channel. What isn't a call of the contract with the arguments it takes is refused before the lab learns of it. */
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

/** In the window. Calls in flight when the channel closes reject. */
export function callLab(channel: Channel, notices: LabNotices): LabCalls {
  return untilClosed(channel, connectPeer<LabCalls, LabNotices>(channel, notices, { allowed: NOTICES })).call
}

/** In the lab. @returns what tells this window */
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

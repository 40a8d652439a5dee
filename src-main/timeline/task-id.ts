/**
 * Makes the ids of a round's tasks: `<device>/<name>`. Stored sessions contain them, and a stored round is read back by making the same ids again:
 * a change here makes old sessions unreadable.
 */

/** The messages between a phone and the cloud. `missed` stands for all that earlier rounds sent while the phone was away. */
export type Message = 'directions' | 'missed' | 'scalars' | 'update'

/** A task of a round, apart from its device. No two tasks of a device are alike. */
type TaskOfDevice =
  | { readonly kind: 'forward' | 'backward' | 'encode'; readonly layer: number }
  /** Probes without a layer are those along random directions, which move all layers. */
  | { readonly kind: 'probe'; readonly layer?: number | undefined }
  /** Directions without a layer are those of all layers in one message. */
  | { readonly kind: 'transfer-down' | 'transfer-up'; readonly message: Message; readonly layer?: number | undefined }
  | { readonly kind: 'update' | 'wait' }

export type TaskKind = TaskOfDevice['kind']

/** @param device `cloud`, or the id of the phone */
export function taskId(device: string, task: TaskOfDevice): string {
  return `${device}/${nameOnDevice(task)}`
}

function nameOnDevice(task: TaskOfDevice): string {
  switch (task.kind) {
    case 'forward':
    case 'backward':
    case 'encode':
      return `${task.kind}/${task.layer}`
    case 'probe':
      return `probe/${task.layer ?? 'unguided'}`
    case 'transfer-down':
    case 'transfer-up': {
      const name = `${task.kind === 'transfer-down' ? 'down' : 'up'}/${task.message}`
      return task.layer === undefined ? name : `${name}/${task.layer}`
    }
    case 'update':
      return 'update'
    case 'wait':
      return 'deadline'
  }
}

/** Returns an id without its device, such as `down/directions/3`. */
export function withoutDevice({ id, device }: { readonly id: string; readonly device: string }): string {
  return id.slice(device.length + 1)
}

/** Tells tasks of a phone apart that began at different moments, where phones don't wait for rounds. @param moment its number in the session */
export function idAtMoment(id: string, moment: number): string {
  return `${id}#${moment}`
}

/** The look of each kind of task: six colours of the Okabe-Ito set, told apart by pattern and letter as well. */

type Kind = 'forward' | 'backward' | 'encode' | 'down' | 'up' | 'update'
export type Pattern = 'plain' | 'rising' | 'falling' | 'dots' | 'upright' | 'cross'

interface KindLook {
  readonly kind: Kind
  /** The name of the custom property with the kind's colour. */
  readonly token: `--kind-${Kind}`
  readonly pattern: Pattern
}

export const KIND_LOOKS: readonly KindLook[] = [
  { kind: 'forward', token: '--kind-forward', pattern: 'plain' },
  { kind: 'backward', token: '--kind-backward', pattern: 'rising' },
  { kind: 'encode', token: '--kind-encode', pattern: 'dots' },
  { kind: 'down', token: '--kind-down', pattern: 'upright' },
  { kind: 'up', token: '--kind-up', pattern: 'falling' },
  { kind: 'update', token: '--kind-update', pattern: 'cross' },
]

/** Returns the index into KIND_LOOKS; -1 for waiting, which is drawn as an outline. A probe and an evaluation are forward passes. */
export function kindIndex(taskKind: string): number {
  switch (taskKind) {
    case 'forward':
    case 'probe':
    case 'evaluate':
      return 0
    case 'backward':
      return 1
    case 'encode':
      return 2
    case 'transfer-down':
      return 3
    case 'transfer-up':
      return 4
    case 'update':
      return 5
    default:
      return -1
  }
}

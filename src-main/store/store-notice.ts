/** Facts about a store that its user should know though it could be opened. Shells put them in words. */
import type { ModeChange } from '#main/machine/private-files.ts'

export type StoreNotice =
  /** Other users could read a file or folder of the store. */
  | { readonly kind: 'readable-by-others'; readonly change: ModeChange }
  /** The file lies on a drive of another machine; `drive` is the type of its file system. */
  | { readonly kind: 'network-drive'; readonly file: string; readonly drive: string }
  /** A newer version of the lab wrote `file`, so this version uses `own`. */
  | { readonly kind: 'newer'; readonly file: string; readonly own: string }
  /** The file couldn't be read, so it was renamed to `aside` and a new one was begun. */
  | { readonly kind: 'set-aside'; readonly found: string; readonly aside: string }
  /** A large store turned out to be damaged some time after it was opened. */
  | { readonly kind: 'damaged'; readonly file: string; readonly finding: string }

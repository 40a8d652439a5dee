/** Sentences about a store that could be opened, for whoever uses it. */
import { DAMAGE_ADVICE } from '#main/store/damage.ts'
import type { StoreNotice } from '#main/store/store-notice.ts'
import type { ModeChange } from '#main/machine/private-files.ts'

export function storeNoticeWords(notice: StoreNotice): string {
  switch (notice.kind) {
    case 'readable-by-others':
      return modeWords(notice.change)
    case 'network-drive':
      return `${notice.file} is on a network drive (${notice.drive}): only one machine may have it open at a time, and a broken connection may cost the last rounds; --store FILE with a file on a disk of this machine is safe.`
    case 'newer':
      return `${notice.file} was written by a newer version of the lab and was left alone; this version keeps its sessions in ${notice.own}.`
    case 'set-aside':
      return `The store of sessions could not be read (${notice.found}). It was set aside as ${notice.aside}, and a new one was begun.`
    case 'damaged':
      return `The store of sessions ${notice.file} is damaged (${notice.finding}). ${DAMAGE_ADVICE}`
  }
}

/** @returns all of them in one paragraph; null if there is nothing to say */
export function openingWords(notices: readonly StoreNotice[]): string | null {
  return notices.map(storeNoticeWords).join(' ') || null
}

function modeWords({ path, was, now }: ModeChange): string {
  if (now === null) return `Other users may look into ${path} (mode ${octal(was)}), and that can't be changed from here.`
  return `Other users could look into ${path} (mode ${octal(was)}); that is mended (now ${octal(now)}).`
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0')
}

/** What a shell tells the lab's process when it starts it. */
import type { LabOptions } from '../open-lab.ts'

export type LabProcessOptions = Omit<LabOptions, 'shell' | 'faults' | 'onFault'>

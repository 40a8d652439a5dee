/** The options that a shell passes to the lab's process. */
import type { LabOptions } from '../open-lab.ts'

export type LabProcessOptions = Omit<LabOptions, 'shell' | 'faults' | 'onFault'>

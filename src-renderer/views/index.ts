import type { Component } from 'vue'
import type { ViewId } from '#shared/api/views.ts'
import type { Selected } from '../stores/selection.ts'
import { compression } from './compression/view.ts'
import { convergence } from './convergence/view.ts'
import { fleet } from './fleet/view.ts'
import { memory } from './memory/view.ts'
import { run } from './run/view.ts'
import { schedule } from './schedule/view.ts'
import { sessions } from './sessions/view.ts'
import type { ViewParts } from './view.ts'

export const VIEW_PARTS: Readonly<Record<ViewId, ViewParts>> = { run, fleet, schedule, compression, convergence, memory, sessions }

/** The inspector's panel for each kind of thing that can be selected. */
export const INSPECTORS: Readonly<Partial<Record<Selected['kind'], Component>>> = Object.assign(
  {},
  ...Object.values(VIEW_PARTS).map(({ inspectors }) => inspectors),
)

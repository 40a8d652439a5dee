/** The part of a view that its folder describes. Its title, its place in the rail and its key are in src-shared/api/views.ts. */
import type { Component } from 'vue'
import type { Selected } from '../stores/selection.ts'

export interface ViewParts {
  /** A path on a grid of 20 x 20, drawn as those of components/icon-paths.ts. */
  readonly icon: string
  /** The component; a view with charts is loaded when it is first shown. */
  readonly component: Component
  /** The inspector's panel for each kind of thing that is selected in this view. @default none */
  readonly inspectors?: Readonly<Partial<Record<Selected['kind'], Component>>>
}

/**
 * `npm run sbom`: everything that the lock has, as a CycloneDX bill of materials beside the packages. The window's packages are bundled into it, so
 * those that npm calls packages for development are in it too, marked as such.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import manifest from '../../package.json' with { type: 'json' }
import { npm, root } from './npm.ts'

export interface Bill {
  readonly bomFormat: string
  readonly metadata: { readonly component: Record<string, unknown> }
  readonly components: readonly { readonly name: string; readonly version: string }[]
}

export function billOfMaterials(): Bill {
  const bill = JSON.parse(npm('sbom', '--package-lock-only', '--sbom-format', 'cyclonedx', '--sbom-type', 'application')) as Bill
  // npm takes the name of the folder.
  const component = { ...bill.metadata.component, name: manifest.name }
  return { ...bill, metadata: { ...bill.metadata, component } }
}

// Not `import.meta.main`, which the oldest Node of this project doesn't have.
if (process.argv[1] === import.meta.filename) {
  const file = join(root, 'out', 'cooperlab.cdx.json')
  const bill = billOfMaterials()
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, `${JSON.stringify(bill, null, 2)}\n`)
  console.log(`${file}: ${bill.components.length} components`)
}

/** Loads the device and link profiles that a scenario can name: the shipped ones and those of its own file. */
import { join } from 'node:path'
import { InputError } from '#shared/errors/input-error.ts'
import {
  type Catalogue,
  type DeviceProfile,
  findProfile,
  type LinkProfile,
  parseDevices,
  parseLinks,
  parseProfiles,
} from '#shared/scenario/catalogue.ts'
import { describe, type Issue } from '#shared/scenario/issues.ts'
import { orList, withHint } from '#shared/scenario/rules.ts'
import type { Scenario } from '#shared/scenario/scenario.ts'
import { readStructured } from './structured-file.ts'

/** `resources/` beside the source folders; a bundle passes its own. */
export const RESOURCES = join(import.meta.dirname, '..', '..', 'resources')

/** The device and link profiles of a resources folder. Throws InputError. */
export function loadCatalogue(resources = RESOURCES): Catalogue {
  const [devices, links] = [join(resources, 'devices.json'), join(resources, 'links.json')]
  return { devices: parseDevices(readStructured(devices, devices), devices), links: parseLinks(readStructured(links, links), links) }
}

/** The shipped profiles and, after them, those of the scenario's own file. Throws InputError. */
export function catalogueOf({ profiles: path }: Scenario, resources = RESOURCES): Catalogue {
  const shipped = loadCatalogue(resources)
  if (path === undefined) return shipped
  const { devices, links } = parseProfiles(readStructured(path, path), path)
  const twice = [...devices, ...links].find(({ id }) => [...shipped.devices, ...shipped.links].some((known) => known.id === id))
  if (twice) throw new InputError(path, `a profile ${twice.id}`, 'an id that no shipped profile has')
  return { devices: [...shipped.devices, ...devices], links: [...shipped.links, ...links] }
}

/** Profiles and links that are in no catalogue. */
export function unknownProfiles(scenario: Scenario, { devices, links }: Catalogue): Issue[] {
  const phones = devices.filter(({ kind }) => kind === 'phone')
  const issues: Issue[] = []
  const look = (known: readonly (DeviceProfile | LinkProfile)[], wanted: string | undefined, path: string, keys: (string | number)[]) => {
    if (wanted === undefined || findProfile(known, wanted) !== undefined) return
    const ids = known.map(({ id }) => id)
    issues.push({ path, keys, found: describe(wanted), expected: withHint(orList(ids), wanted, ids) })
  }
  for (const [i, group] of scenario.fleet.entries()) {
    look(phones, group.profile, `fleet[${i}].profile`, ['fleet', i, 'profile'])
    look(links, group.link, `fleet[${i}].link`, ['fleet', i, 'link'])
  }
  look(devices, scenario.cloud.profile, 'cloud.profile', ['cloud', 'profile'])
  look(links, scenario.cloud.link, 'cloud.link', ['cloud', 'link'])
  return issues
}

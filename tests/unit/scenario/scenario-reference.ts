/** The reference of a scenario's keys, as docs/scenario.md has it, from the JSON schema. */

export interface SchemaNode {
  readonly type?: string
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly description?: string
  readonly default?: unknown
  readonly properties?: Readonly<Record<string, SchemaNode>>
  readonly required?: readonly string[]
  readonly items?: SchemaNode
  readonly oneOf?: readonly SchemaNode[]
  readonly anyOf?: readonly SchemaNode[]
  readonly additionalProperties?: unknown
  readonly minimum?: number
  readonly maximum?: number
  readonly exclusiveMinimum?: number
  readonly exclusiveMaximum?: number
}

interface Row {
  readonly key: string
  /** Kinds that have the key, where not all of its section's kinds do. */
  readonly kinds: readonly string[]
  readonly node: SchemaNode
  readonly required: boolean
}

/** A tab would show as nothing, and a bar would end the cell. */
const code = (value: unknown): string => {
  const text = typeof value === 'string' ? JSON.stringify(value).slice(1, -1) : JSON.stringify(value)
  return `\`${text.replaceAll('|', '\\|')}\``
}

/** Whole numbers without a bound of their own have this one. */
const SAFE = Number.MAX_SAFE_INTEGER

function valueOf(node: SchemaNode): string {
  if (node.enum) return node.enum.map(code).join(', ')
  if (node.oneOf ?? node.properties) return 'an object'
  if (node.items) return hasKeys(node) ? 'a list of objects' : `a list, each ${node.items.enum ? 'one of ' : ''}${valueOf(node.items)}`
  if (node.anyOf) return [...new Set(node.anyOf.map(valueOf))].join(' or ')
  if (node.type === 'object') return 'an object of texts'
  if (node.type === 'null') return '`null`'
  const noun =
    { integer: 'a whole number', number: 'a number', string: 'a text', boolean: '`true` or `false`' }[node.type ?? ''] ?? 'any value'
  return `${noun}${bounds(node)}`
}

function bounds({ minimum, maximum, exclusiveMinimum, exclusiveMaximum }: SchemaNode): string {
  const least = exclusiveMinimum !== undefined ? `above ${exclusiveMinimum}` : minimum !== undefined ? `from ${minimum}` : ''
  const most = exclusiveMaximum !== undefined ? `below ${exclusiveMaximum}` : maximum !== undefined && maximum < SAFE ? `to ${maximum}` : ''
  if (least && most) return ` ${least}${most.startsWith('below') ? ',' : ''} ${most}`
  return least || most ? ` ${least}${most}` : ''
}

/** Keys of an object, or of all kinds of one, each definition once. */
function rowsOf(node: SchemaNode): Row[] {
  const kinds = node.oneOf ?? [node]
  const rows = new Map<string, { row: Row; kinds: string[] }>()
  for (const own of kinds) {
    const kind = String(own.properties?.['kind']?.const ?? '')
    for (const [key, part] of Object.entries(own.properties ?? {})) {
      if ('const' in part) continue
      const required = own.required?.includes(key) ?? false
      const same = `${key} ${JSON.stringify(part)} ${required}`
      const known = rows.get(same)
      if (known) known.kinds.push(kind)
      else rows.set(same, { row: { key, kinds: [], node: part, required }, kinds: [kind] })
    }
  }
  return [...rows.values()].map(({ row, kinds: having }) => ({ ...row, kinds: having.length === kinds.length ? [] : having }))
}

function kindTable(node: SchemaNode): string[] {
  if (!node.oneOf) return []
  const usual =
    (node.default as { kind?: string } | undefined)?.kind ??
    node.oneOf.find(({ properties }) => properties?.['kind']?.default !== undefined)?.properties?.['kind']?.default
  const words = node.oneOf.map(({ properties }) => {
    const kind = properties!['kind']!
    return `${code(kind.const)}${kind.const === usual ? ' (the default)' : ''}${kind.description ? `: ${kind.description}` : ''}`
  })
  const described = node.oneOf.some(({ properties }) => properties!['kind']!.description)
  return described ? ['Kinds:', '', ...words.map((each) => `- ${each}`), ''] : [`Kinds: ${words.join(', ')}.`, '']
}

function table(rows: readonly Row[], prefix: string): string[] {
  if (rows.length === 0) return []
  const some = rows.some(({ kinds }) => kinds.length > 0)
  const line = ({ key, kinds, node, required }: Row): string => {
    const usual = required ? 'required' : node.default === undefined || isObject(node) ? '' : code(node.default)
    return `| ${[code(prefix + key), ...(some ? [kinds.map(code).join(', ') || 'all'] : []), valueOf(node), usual, node.description ?? ''].join(' | ')} |`
  }
  const head = ['key', ...(some ? ['kinds'] : []), 'value', 'unless given', 'meaning']
  return [`| ${head.join(' | ')} |`, `| ${head.map(() => '---').join(' | ')} |`, ...rows.map(line), '']
}

function isObject(node: SchemaNode): boolean {
  return node.properties !== undefined || node.oneOf !== undefined || (node.type === 'object' && node.additionalProperties !== false)
}

/** Markdown: a section for each key at the top that is an object or a list of objects, and one for the rest. */
export function scenarioReference(schema: SchemaNode): string {
  const seen = new Map<string, string>()
  const sections: string[] = []
  const section = (path: string, node: SchemaNode): void => {
    const own = node.items ?? node
    const content = JSON.stringify({ ...own, description: '', default: '' })
    const known = seen.get(content)
    sections.push(`### ${code(path)}`, '', `${node.description ?? ''}.`, '')
    if (known) {
      sections.push(`Keys as of ${code(known)}.`, '')
      return
    }
    seen.set(content, path)
    const rows = rowsOf(own)
    sections.push(...kindTable(own), ...table(rows, ''))
    for (const { key, node: part } of rows) if (hasKeys(part)) section(`${path}.${key}`, part)
  }
  const top = rowsOf(schema)
  sections.push('### At the top', '', ...table(top, ''))
  for (const { key, node } of top) if (hasKeys(node)) section(node.items ? `${key}[]` : key, node)
  return sections.join('\n').trim()
}

function hasKeys(node: SchemaNode): boolean {
  const own = node.items ?? node
  return (own.properties !== undefined || own.oneOf !== undefined) && rowsOf(own).length + (own.oneOf?.length ?? 0) > 0
}

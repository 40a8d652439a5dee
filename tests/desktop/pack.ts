/** Values as text and back, for channels that know only JSON: bytes, NaN and infinities come through. Also run in a page, so it needs nothing outside of itself. */
export function pack(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) => {
    if (part instanceof Uint8Array) return { $bytes: Array.from(part, (byte) => String.fromCharCode(byte)).join('') }
    return typeof part === 'number' && !Number.isFinite(part) ? { $number: String(part) } : part
  })
}

export function unpack(text: string): unknown {
  return JSON.parse(text, (_key, part: unknown) => {
    if (typeof part !== 'object' || part === null) return part
    if ('$bytes' in part) return Uint8Array.from(part.$bytes as string, (letter) => letter.charCodeAt(0))
    return '$number' in part ? Number(part.$number) : part
  })
}

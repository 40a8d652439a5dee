/** The built window as answers to HTTP requests. */
import { readFile } from 'node:fs/promises'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { extname, join, normalize, sep } from 'node:path'

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
}

/** A file of the built window, or null: not one of its files. @param path of a URL */
export async function builtFile(directory: string, path: string): Promise<{ bytes: Buffer; type: string } | null> {
  let name
  try {
    name = normalize(decodeURIComponent(path === '/' ? '/index.html' : path))
  } catch {
    return null
  }
  const file = join(directory, name)
  const type = TYPES[extname(file)]
  if (!file.startsWith(directory + sep) || type === undefined || name.includes('\0')) return null
  try {
    return { bytes: await readFile(file), type }
  } catch {
    return null
  }
}

export function setHeaders(response: ServerResponse, policy: string): void {
  response.setHeader('Content-Security-Policy', policy)
  response.setHeader('X-Content-Type-Options', 'nosniff')
  response.setHeader('Referrer-Policy', 'no-referrer')
  response.setHeader('Cross-Origin-Opener-Policy', 'same-origin')
  response.setHeader('Cross-Origin-Resource-Policy', 'same-origin')
  response.setHeader('Cache-Control', 'no-cache')
}

export async function answer(request: IncomingMessage, response: ServerResponse, directory: string): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') return void response.writeHead(405).end()
  const file = await builtFile(directory, (request.url ?? '/').split('?')[0]!)
  if (!file) return void response.writeHead(404, { 'Content-Type': 'text/plain' }).end('not found')
  response.writeHead(200, { 'Content-Type': file.type, 'Content-Length': file.bytes.length })
  response.end(request.method === 'HEAD' ? undefined : file.bytes)
}

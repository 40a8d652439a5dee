/**
 * Authenticates browsers by the token that the lab printed. A token is good for one browser, which gets a cookie for it that no script can read; then
 * another token is made for the next browser. So neither the address in a browser's history nor the one on a screen opens the lab twice.
 */
import { randomBytes, timingSafeEqual } from 'node:crypto'

export class Door {
  private readonly secret = newSecret()
  private readonly cookie: string
  private token: string

  /** Cookies are the same for all ports of a machine, so its name tells the port. */
  constructor(port: number, token = newSecret()) {
    this.cookie = `cooperlab-${port}`
    this.token = token
  }

  /** The token that opens the door next. */
  get nextToken(): string {
    return this.token
  }

  /** @returns the value of a Set-Cookie header; null: the token is wrong or was used before */
  exchange(given: string): string | null {
    if (!isSame(given, this.token)) return null
    this.token = newSecret()
    return `${this.cookie}=${this.secret}; Path=/; HttpOnly; SameSite=Strict`
  }

  /** @param header Cookie, of a request */
  knows(header: string | undefined): boolean {
    return (header ?? '').split(';').some((part) => {
      const [name, value] = part.trim().split('=')
      return name === this.cookie && isSame(value ?? '', this.secret)
    })
  }
}

function newSecret(): string {
  return randomBytes(24).toString('base64url')
}

function isSame(given: string, wanted: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(wanted)]
  return a.length === b.length && timingSafeEqual(a, b)
}

/** A larger file is not held in memory for it. */
const MOST_BYTES = 256 * 1024 * 1024
const known = new WeakMap<File, Promise<string | undefined>>()

/** A file's SHA-256 in hexadecimal; unknown if it is too large, or where there is no https. */
export function sha256(file: File): Promise<string | undefined> {
  const digest = known.get(file) ?? find(file)
  known.set(file, digest)
  return digest
}

async function find(file: File): Promise<string | undefined> {
  if (!globalThis.crypto?.subtle || file.size > MOST_BYTES) return undefined
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', await file.arrayBuffer()))
  return [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

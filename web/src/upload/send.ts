import { api, ApiError, sent } from '../api/client'
import { sha256 } from './digest'
import { folderOf } from './folder'
import { put, PutFailed } from './put'
import { amount, toSend, type Typed, type Wishes } from './wishes'

/** How a file is to be read. */
export interface Reading extends Wishes, Typed {
  pages?: string
  /** Whether it is read anew if the same bytes were read so before. */
  again?: boolean
}

/** A file's id; and whether it was read before, or is being read, so that nothing was sent. */
export interface Sent {
  id: string
  found?: boolean
}

export interface Sending {
  file: File
  key: string
  reading: Reading
  /** What opens it, if it is locked. */
  password?: string
  /** Its id, if its bytes are there already: it is only confirmed. */
  stored?: string
  progress: (sent: number) => void
  cut: (isCut: boolean) => void
  announced?: (id: string) => void
  signal: AbortSignal
}

/** Above this a file goes up in parts, so that an interruption costs no more than one of them. */
export const IN_PARTS_FROM = 8 * 1024 * 1024
const AT_ONCE = 3
/** A fresh link that is refused again and again is refused for another reason. */
const TOO_OLD_A_FEW_TIMES = 3
const THERE_ALREADY = 412
const PAUSES_MS = [500, 1000, 2000, 4000, 8000, 15_000]
const REMEMBERED = 'lector-upload '

/** Announce, store and confirm a file, or find it. Network cuts are waited out. */
export async function send(sending: Sending): Promise<Sent> {
  const there = await storedOf(sending)
  if (!there.found) await patiently(sending, () => confirm(there.id, sending.password))
  localStorage.removeItem(rememberedAs(sending.file))
  return there
}

function storedOf(sending: Sending): Promise<Sent> | Sent {
  if (sending.stored) return { id: sending.stored }
  return sending.file.size > IN_PARTS_FROM ? inParts(sending) : whole(sending)
}

function confirm(file_id: string, password?: string) {
  const params = { path: { file_id } }
  return sent(
    api.POST('/v1/files/{file_id}/confirm', { params, ...(password && { body: { password } }) }),
  )
}

/** How a file is to be read, as the API takes it. */
export function said(reading: Reading) {
  const { max_cost, keep_days, ...wishes } = toSend(reading)
  return {
    ...wishes,
    ...(max_cost && { max_cost_usd: amount(max_cost) }),
    ...(keep_days && { keep_days: Number(keep_days) }),
  }
}

async function announce({ file, key, reading, signal }: Sending) {
  const digest = reading.again ? undefined : await sha256(file)
  const unlessRead = digest ? { again: false, sha256: digest } : {}
  const about = { name: file.name, size_bytes: file.size, ...folderOf(file) }
  const body = { ...about, ...said(reading), ...unlessRead }
  const params = { header: { 'Idempotency-Key': key } }
  return sent(api.POST('/v1/files', { body, params, signal }) as Promise<{ data?: Announced }>)
}

interface Announced {
  id: string
  /** Where the bytes go; missing if they are there. */
  upload?: { url: string; headers: Record<string, string> }
}

async function whole(sending: Sending): Promise<Sent> {
  return patiently(sending, async () => {
    const { id, upload } = await announce(sending)
    if (!upload) return { id, found: true }
    sending.announced?.(id)
    await put(upload.url, sending.file, upload.headers, sending.progress, sending.signal).catch(
      (error) => {
        if (!(error instanceof PutFailed && error.status === THERE_ALREADY)) throw error
      },
    )
    return { id }
  })
}

async function inParts(sending: Sending): Promise<Sent> {
  const { file, signal } = sending
  const known = localStorage.getItem(rememberedAs(file))
  let id = known && (await stillAwaited(known))
  if (!id) {
    const announced = await patiently(sending, () => announce(sending))
    id = announced.id
    if (!announced.upload) return { id, found: true }
  }
  const awaited = id
  sending.announced?.(id)
  localStorage.setItem(rememberedAs(file), id)
  const done = new Map<number, number>()
  const told = () => sending.progress([...done.values()].reduce((sum, bytes) => sum + bytes, 0))
  await patiently(sending, async () => {
    const { parts, part_bytes } = await partsOf(awaited)
    for (const part of parts) if (part.stored) done.set(part.number, part.size_bytes)
    const missing = parts.filter((part) => !part.stored)
    const one = async () => {
      for (let part = missing.shift(); part; part = missing.shift()) {
        const { number, size_bytes, url } = part
        const start = (number - 1) * part_bytes
        const piece = file.slice(start, start + size_bytes)
        await put(url!, piece, {}, (bytes) => (done.set(number, bytes), told()), signal)
      }
    }
    await allOf(Array.from({ length: AT_ONCE }, one))
  })
  return { id }
}

/** All of them, also those that outlast a failure: what runs on beside the next try would be too many. */
async function allOf(tasks: Promise<void>[]) {
  const failed = (await Promise.allSettled(tasks)).find((task) => task.status === 'rejected')
  if (failed) throw failed.reason
}

/** Take back what was announced; where that does not work, the garbage collection does it in time. */
export async function forget(file: File, id: string): Promise<void> {
  localStorage.removeItem(rememberedAs(file))
  const params = { path: { file_id: id } }
  await api.DELETE('/v1/files/{file_id}', { params }).catch(() => undefined)
}

const partsOf = (file_id: string) =>
  sent(api.POST('/v1/files/{file_id}/parts', { params: { path: { file_id } } }))

/** The id, if this file was announced before and its bytes are still awaited. */
async function stillAwaited(id: string): Promise<string | null> {
  return partsOf(id).then(
    () => id,
    (error) => {
      if (error instanceof ApiError && error.status >= 400 && error.status < 500) return null
      throw error
    },
  )
}

/** Try until it works, unless it was refused for good; pauses grow. */
export async function patiently<Done>(
  { cut, signal }: Pick<Sending, 'cut' | 'signal'>,
  act: () => Promise<Done>,
): Promise<Done> {
  for (let attempt = 0; ; attempt++) {
    try {
      const done = await act()
      cut(false)
      return done
    } catch (error) {
      if (signal.aborted || !mayPass(error, attempt)) throw error
      cut(true)
      await pause(PAUSES_MS[Math.min(attempt, PAUSES_MS.length - 1)]!, signal)
    }
  }
}

/** Whether an error may be over in a while: a cut, an overload, a link that became too old. */
export function mayPass(error: unknown, attempt = 0): boolean {
  if (error instanceof PutFailed && error.status === 403) return attempt < TOO_OLD_A_FEW_TIMES
  if (error instanceof PutFailed) return error.status === 0 || error.status >= 500
  if (error instanceof ApiError)
    return error.status === 0 || error.status === 429 || error.status >= 500
  return false
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds)
    const online = () => (clearTimeout(timer), resolve())
    addEventListener('online', online, { once: true })
    signal.addEventListener('abort', () => (clearTimeout(timer), reject(signal.reason)), {
      once: true,
    })
  })
}

function rememberedAs(file: File): string {
  return `${REMEMBERED}${file.name} ${file.size} ${file.lastModified}`
}

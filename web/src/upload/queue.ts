import { ApiError } from '../api/client'
import { forget, send, type Reading } from './send'

export type UploadState = 'waiting' | 'sending' | 'paused' | 'done' | 'failed'

export interface Upload {
  key: string
  file: File
  reading: Reading
  state: UploadState
  sent: number
  cut: boolean
  began: number
  /** Why it failed: in words, and as a code if the API gave one. */
  error?: string
  code?: string
  id?: string
}

type Send = typeof send
const AT_ONCE = 3

/** Names an upload here, and as its Idempotency-Key; `randomUUID` is missing where there is no https. */
function newKey(): string {
  return crypto.getRandomValues(new Uint32Array(4)).join('-')
}

function reason(error: unknown): { error: string; code?: string } {
  const { message } = error as Error
  return error instanceof ApiError ? { error: message, code: error.code } : { error: message }
}

/** Files on their way up, a few at a time; whoever listens is told of each change. */
export class UploadQueue {
  private uploads: readonly Upload[] = []
  private stops = new Map<string, AbortController>()
  private listeners = new Set<() => void>()

  constructor(private readonly sendFile: Send = send) {}

  snapshot = () => this.uploads

  subscribe = (listener: () => void) => {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  add(files: File[], reading: Reading, refusal: (file: File) => string | null) {
    const added = files.map((file): Upload => {
      const error = refusal(file)
      const rest = { reading, sent: 0, cut: false, began: 0 }
      const key = newKey()
      return error
        ? { key, file, ...rest, state: 'failed', error }
        : { key, file, ...rest, state: 'waiting' }
    })
    this.set([...this.uploads, ...added])
    this.fill()
  }

  pause(key: string) {
    this.change(key, { state: 'paused' })
    this.stops.get(key)?.abort()
    this.fill()
  }

  resume(key: string) {
    this.change(key, { state: 'waiting' })
    this.fill()
  }

  /** What is not whole yet is given up: its place on the server too, for its bytes will never come. */
  remove(key: string) {
    const upload = this.uploads.find((one) => one.key === key)
    if (upload?.id && upload.state !== 'done') void forget(upload.file, upload.id)
    this.set(this.uploads.filter((upload) => upload.key !== key))
    this.stops.get(key)?.abort()
    this.fill()
  }

  clear() {
    this.set(this.uploads.filter((upload) => upload.state !== 'done'))
  }

  private fill() {
    const sending = this.uploads.filter((upload) => upload.state === 'sending').length
    const waiting = this.uploads.filter((upload) => upload.state === 'waiting')
    for (const upload of waiting.slice(0, Math.max(0, AT_ONCE - sending))) void this.run(upload)
  }

  private async run({ key, file, reading }: Upload) {
    const stop = new AbortController()
    this.stops.set(key, stop)
    this.change(key, { state: 'sending', began: Date.now() })
    try {
      const id = await this.sendFile({
        file,
        key,
        reading,
        progress: (sent) => this.change(key, { sent }),
        cut: (cut) => this.change(key, { cut }),
        announced: (id) => this.change(key, { id }),
        signal: stop.signal,
      })
      this.change(key, { state: 'done', sent: file.size, cut: false, id })
    } catch (error) {
      if (!stop.signal.aborted) this.change(key, { state: 'failed', ...reason(error) })
    }
    this.fill()
  }

  private change(key: string, changes: Partial<Upload>) {
    this.set(this.uploads.map((one) => (one.key === key ? { ...one, ...changes } : one)))
  }

  private set(uploads: readonly Upload[]) {
    this.uploads = uploads
    this.listeners.forEach((listener) => listener())
  }
}

import { ApiError } from '../api/client'
import { forget, said, send, type Reading, type Sent } from './send'
import { goAlone, howMany, knowsNoBatches, sendTogether, type Outcome } from './together'

/** held: somebody is to say how it is read first, or by which password it opens. */
export type UploadState = 'held' | 'waiting' | 'sending' | 'paused' | 'done' | 'failed'

export interface Upload {
  key: string
  file: File
  reading: Reading
  state: UploadState
  /** How many pages it has, as far as that is known before it is opened. */
  pages?: number | null
  /** Whether it may need a password that is not there yet. */
  locked?: boolean
  /** What opens it: kept until it is used. */
  password?: string | undefined
  sent: number
  cut: boolean
  began: number
  /** Why it failed: in words, and as a code if the API gave one. */
  error?: string | undefined
  code?: string | undefined
  id?: string | undefined
  /** Its bytes are there, and only the password was wrong: they are not sent again. */
  stored?: boolean | undefined
  /** It was uploaded before, and so was not again. */
  found?: boolean
  /** The request with which it goes up, if others do, too. */
  batch?: string | undefined
  /** It was refused together with others, and tries by itself. */
  alone?: boolean
}

/** What is known of a file before it goes up, and whether somebody is asked first. */
export type Awaited = Pick<Upload, 'pages' | 'locked'> & { held?: boolean }

type SendTogether = typeof sendTogether
type Send = typeof send
const AT_ONCE = 3
const WRONG_PASSWORD = 'wrong_password'
const NO_ERROR = { error: undefined, code: undefined }

/** Names an upload here, and as its Idempotency-Key; `randomUUID` is missing where there is no https. */
function newKey(): string {
  return crypto.getRandomValues(new Uint32Array(4)).join('-')
}

function reason(error: unknown): { error: string; code?: string } {
  const { message } = error as Error
  return error instanceof ApiError ? { error: message, code: error.code } : { error: message }
}

function there(file: File, { id, found = false }: Sent): Partial<Upload> {
  return { state: 'done', sent: file.size, cut: false, id, found, ...NO_ERROR }
}

/** What becomes of a file that was not taken; one whose password is wrong is asked for another. */
function refused(error: unknown): Partial<Upload> {
  const why = reason(error)
  return why.code === WRONG_PASSWORD
    ? { state: 'held', locked: true, stored: true, ...why }
    : { state: 'failed', stored: undefined, ...why }
}

/** A held upload that was announced goes on by itself, for requests of many announce anew. One that
 * is to be read otherwise begins as another: its key stands for what was wished before. */
function goingOn({ id, file, reading: before }: Upload, reading: Reading): Partial<Upload> {
  if (!id) return {}
  if (JSON.stringify(said(before)) === JSON.stringify(said(reading))) return { alone: true }
  void forget(file, id)
  return { key: newKey(), id: undefined, stored: undefined, sent: 0 }
}

/** What became of a file that went up with others. */
function became({ file }: Upload, outcome: Outcome): Partial<Upload> {
  return 'id' in outcome
    ? there(file, outcome)
    : { state: 'failed', sent: 0, ...reason(outcome.refused) }
}

/** Files on their way up, a few at a time; whoever listens is told of each change. */
export class UploadQueue {
  private uploads: readonly Upload[] = []
  private stops = new Map<string, AbortController>()
  private listeners = new Set<() => void>()

  /** Small files go together where `sendMany` is given. */
  constructor(
    private readonly sendFile: Send = send,
    private sendMany?: SendTogether,
  ) {}

  snapshot = () => this.uploads

  subscribe = (listener: () => void) => {
    this.listeners.add(listener)
    return () => this.listeners.delete(listener)
  }

  add(files: File[], reading: Reading, refusal: (file: File) => string | null, seen?: Awaited[]) {
    const added = files.map((file, at): Upload => {
      const error = refusal(file)
      const { held = false, ...known } = seen?.[at] ?? {}
      const rest = { reading, ...known, sent: 0, cut: false, began: 0 }
      const key = newKey()
      return error
        ? { key, file, ...rest, state: 'failed', error }
        : { key, file, ...rest, state: held ? 'held' : 'waiting' }
    })
    this.set([...this.uploads, ...added])
    this.fill()
  }

  /** Have those go up that were held; a password, if one is given, is for those that may need one. */
  begin(reading: Reading, password: string) {
    const held = this.uploads.filter(({ state }) => state === 'held')
    const opening = { password, alone: true }
    this.changeAll(
      held.map(({ key }) => key),
      (at) => ({
        ...goingOn(held[at]!, reading),
        ...(held[at]!.locked && password ? opening : {}),
        ...{ state: 'waiting', locked: false, reading, ...NO_ERROR },
      }),
    )
    this.fill()
  }

  pause(key: string) {
    this.change(key, { state: 'paused' })
    this.stops.get(key)?.abort()
    this.fill()
  }

  resume(key: string) {
    const upload = this.uploads.find((one) => one.key === key)
    this.change(key, { state: upload?.batch ? 'sending' : 'waiting', ...NO_ERROR })
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

  /** Have a file that was found read anew. */
  again(key: string) {
    const upload = this.uploads.find((one) => one.key === key)
    if (!upload) return
    this.remove(key)
    this.add([upload.file], { ...upload.reading, again: true }, () => null)
  }

  clear() {
    this.set(this.uploads.filter((upload) => upload.state !== 'done'))
  }

  private fill() {
    for (let next = this.next(); next.length; next = this.next())
      void (next.length > 1 ? this.runTogether(next) : this.run(next[0]!))
  }

  /** What goes up with the next request, if there is one to spare. */
  private next(): Upload[] {
    const sending = this.uploads.filter(({ state, batch }) => batch || state === 'sending')
    const waiting = this.uploads.filter((upload) => upload.state === 'waiting')
    const [first] = waiting
    if (!first || new Set(sending.map(({ key, batch }) => batch ?? key)).size >= AT_ONCE) return []
    if (!this.sendMany || first.alone) return [first]
    const other = waiting.findIndex(({ reading, alone }) => alone || reading !== first.reading)
    const alike = other < 0 ? waiting : waiting.slice(0, other)
    return alike.slice(0, Math.max(1, howMany(alike.map(({ file }) => file))))
  }

  /** A request that has begun is not broken off for one of its files: what is paused meanwhile has
   * gone up when it ends, and what is removed is deleted. */
  private async runTogether(uploads: Upload[]) {
    const batch = newKey()
    const { reading } = uploads[0]!
    const keys = uploads.map(({ key }) => key)
    const all = (changes: (at: number) => Partial<Upload>) => this.changeAll(keys, changes)
    all(() => ({ state: 'sending', began: Date.now(), batch }))
    const rest = { cut: false, batch: undefined }
    try {
      const outcomes = await this.sendMany!({
        files: uploads.map(({ file }) => file),
        key: batch,
        reading,
        progress: (sent) => all((at) => ({ sent: sent[at]! })),
        cut: (cut) => all(() => ({ cut })),
        signal: new AbortController().signal,
      })
      const left = new Set(this.uploads.map(({ key }) => key))
      outcomes.forEach((outcome, at) => {
        const isNew = 'id' in outcome && !outcome.found
        if (isNew && !left.has(keys[at]!)) void forget(uploads[at]!.file, outcome.id)
      })
      all((at) => ({ ...rest, ...became(uploads[at]!, outcomes[at]!) }))
    } catch (error) {
      if (knowsNoBatches(error)) this.sendMany = undefined
      const paused = new Set(
        this.uploads.flatMap(({ key, state }) => (state === 'paused' ? key : [])),
      )
      all((at) => ({
        ...rest,
        sent: 0,
        ...(goAlone(error)
          ? { alone: true, state: paused.has(keys[at]!) ? 'paused' : 'waiting' }
          : { state: 'failed', ...reason(error) }),
      }))
    }
    this.fill()
  }

  private async run({ key, file, reading, password, stored, id }: Upload) {
    const stop = new AbortController()
    this.stops.set(key, stop)
    this.change(key, { state: 'sending', began: Date.now() })
    try {
      const sent = await this.sendFile({
        file,
        key,
        reading,
        ...(password && { password }),
        ...(stored && id && { stored: id }),
        progress: (sent) => this.change(key, { sent }),
        cut: (cut) => this.change(key, { cut }),
        announced: (id) => this.change(key, { id }),
        signal: stop.signal,
      })
      this.change(key, { ...there(file, sent), password: undefined })
    } catch (error) {
      if (!stop.signal.aborted) this.change(key, { ...refused(error), password: undefined })
    }
    this.fill()
  }

  private change(key: string, changes: Partial<Upload>) {
    this.changeAll([key], () => changes)
  }

  private changeAll(keys: string[], changes: (at: number) => Partial<Upload>) {
    const places = new Map(keys.map((key, at) => [key, at]))
    this.set(
      this.uploads.map((one) => {
        const at = places.get(one.key)
        return at === undefined ? one : { ...one, ...changes(at) }
      }),
    )
  }

  private set(uploads: readonly Upload[]) {
    this.uploads = uploads
    this.listeners.forEach((listener) => listener())
  }
}

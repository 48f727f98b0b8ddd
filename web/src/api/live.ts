import { createParser } from 'eventsource-parser'
import { ApiError, asked, type LectorFile } from './client'

/** An event of Lector's, as a CloudEvent in JSON. */
export interface CloudEvent {
  id: string
  type: string
  source: string
  subject: string
  time: string
  data: { generation?: number; pageNumber?: number; pageNumbers?: number[] } & Record<
    string,
    unknown
  >
}

export type LiveState = 'connecting' | 'live' | 'reconnecting'

export interface Listener {
  event?: (event: CloudEvent) => void
  file?: (file: LectorFile) => void
  gone?: (id: string) => void
  reset?: () => void
  state?: (state: LiveState) => void
}

/** The API sends a comment every 15 s; after three that did not come, the line is dead. */
export const SILENCE_MS = 45_000
const FIRST_PAUSE_MS = 500
const LONGEST_PAUSE_MS = 15_000

/** Follow a stream of events until the signal, coming back after every cut where it ended. */
export async function follow(
  path: string,
  listener: Listener,
  signal: AbortSignal,
  after: string | null = null,
): Promise<void> {
  let position = after
  let pause = FIRST_PAUSE_MS
  listener.state?.('connecting')
  while (!signal.aborted) {
    let heard = false
    try {
      await once(path, position, signal, {
        ...listener,
        position: (place) => {
          heard = true
          position = place
          pause = FIRST_PAUSE_MS
          listener.state?.('live')
        },
      })
      if (!heard) throw new Error('the stream ended before it began')
    } catch (error) {
      if (signal.aborted || (error instanceof ApiError && [401, 403, 404].includes(error.status)))
        return
      listener.state?.('reconnecting')
      await sleep(pause * (0.5 + Math.random() / 2), signal)
      pause = Math.min(2 * pause, LONGEST_PAUSE_MS)
    }
  }
}

interface Reader extends Listener {
  position: (place: string) => void
}

async function once(path: string, position: string | null, signal: AbortSignal, reader: Reader) {
  const cut = new AbortController()
  const watch = AbortSignal.any([signal, cut.signal])
  let silence = setTimeout(() => cut.abort(), SILENCE_MS)
  try {
    const headers = position ? { 'Last-Event-ID': position } : {}
    const answer = await asked(new Request(path, { headers, signal: watch, cache: 'no-store' }))
    const parser = createParser({ onEvent: (event) => hand(event, reader) })
    const decoder = new TextDecoder()
    for await (const chunk of chunks(answer.body!)) {
      clearTimeout(silence)
      silence = setTimeout(() => cut.abort(), SILENCE_MS)
      parser.feed(decoder.decode(chunk, { stream: true }))
    }
  } finally {
    clearTimeout(silence)
  }
}

async function* chunks(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = body.getReader()
  for (let read = await reader.read(); !read.done; read = await reader.read()) yield read.value
}

function hand(
  message: { id?: string | undefined; event?: string | undefined; data: string },
  reader: Reader,
) {
  const data = JSON.parse(message.data)
  if (message.event === 'file') reader.file?.(data)
  else if (message.event === 'gone') reader.gone?.(data.id)
  else if (message.event === 'reset') reader.reset?.()
  else if (!message.event) reader.event?.(data)
  if (message.id) reader.position(message.id)
}

function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds)
    addEventListener('online', () => (clearTimeout(timer), resolve()), { once: true, signal })
    signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true })
  })
}

import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { follow, SILENCE_MS, type CloudEvent, type LiveState } from '../src/api/live'

const EVENT = {
  id: 'e1',
  type: 'lector.page.read',
  source: '/lector/llm',
  subject: 'f',
  time: '',
  data: {},
}

/** A server whose streams a test writes. */
class Streams {
  requests: Request[] = []
  private open: ReadableStreamDefaultController<Uint8Array>[] = []

  fetch = async (request: Request) => {
    this.requests.push(request)
    const body = new ReadableStream<Uint8Array>({ start: (stream) => void this.open.push(stream) })
    request.signal.addEventListener('abort', () => this.open.at(-1)?.error(new Error('aborted')))
    return new Response(body, { headers: { 'Content-Type': 'text/event-stream' } })
  }

  write(text: string) {
    this.open.at(-1)!.enqueue(new TextEncoder().encode(text))
    return vi.advanceTimersByTimeAsync(1)
  }

  end() {
    this.open.at(-1)!.close()
    return vi.advanceTimersByTimeAsync(1)
  }

  cut() {
    this.open.at(-1)!.error(new Error('cut'))
    return vi.advanceTimersByTimeAsync(20_000)
  }
}

let server: Streams
let stop: AbortController

beforeEach(() => {
  vi.useFakeTimers()
  server = new Streams()
  stop = new AbortController()
  vi.stubGlobal('fetch', server.fetch)
  vi.stubGlobal(
    'Request',
    class extends Request {
      constructor(input: RequestInfo | URL, init?: RequestInit) {
        super(typeof input === 'string' ? `http://lector${input}` : input, init)
      }
    },
  )
})

afterEach(() => {
  stop.abort()
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

test('events, files and deletions reach whoever listens', async () => {
  const seen: unknown[] = []
  void follow(
    '/v1/events',
    { event: (e) => seen.push(e), file: (f) => seen.push(f.id), gone: (id) => seen.push(id) },
    stop.signal,
  )
  await vi.advanceTimersByTimeAsync(1)
  await server.write(`id: 1-1\ndata: ${JSON.stringify(EVENT)}\n\n`)
  await server.write('event: file\ndata: {"id": "f"}\n\nevent: gone\ndata: {"id": "g"}\n\n')
  expect(seen).toEqual([EVENT, 'f', 'g'])
})

test('after a cut it goes on where it ended', async () => {
  const states: LiveState[] = []
  void follow('/v1/events', { state: (state) => states.push(state) }, stop.signal)
  await vi.advanceTimersByTimeAsync(1)
  await server.write('id: 7-3\nevent: hello\ndata: {}\n\n')
  await server.cut()
  expect(server.requests.at(-1)!.headers.get('Last-Event-ID')).toBe('7-3')
  expect(states).toEqual(['connecting', 'live', 'reconnecting'])
})

test('a stream that ends by itself is taken up again at once', async () => {
  void follow('/v1/events', {}, stop.signal)
  await vi.advanceTimersByTimeAsync(1)
  await server.write('id: 8-1\nevent: hello\ndata: {}\n\n')
  await server.end()
  expect(server.requests).toHaveLength(2)
})

test('silence for longer than heartbeats allow is a cut', async () => {
  void follow('/v1/events', {}, stop.signal)
  await vi.advanceTimersByTimeAsync(1)
  await server.write('id: 1-1\nevent: hello\ndata: {}\n\n')
  await vi.advanceTimersByTimeAsync(SILENCE_MS - 10)
  await server.write(': still here\n\n')
  await vi.advanceTimersByTimeAsync(SILENCE_MS - 10)
  expect(server.requests).toHaveLength(1)
  await vi.advanceTimersByTimeAsync(30_000)
  expect(server.requests).toHaveLength(2)
})

test('a reset is told', async () => {
  const reset = vi.fn()
  void follow('/v1/events', { reset }, stop.signal)
  await vi.advanceTimersByTimeAsync(1)
  await server.write('event: reset\ndata: {}\n\n')
  expect(reset).toHaveBeenCalledOnce()
})

test('an event cut into pieces is one event', async () => {
  const events: CloudEvent[] = []
  void follow('/v1/events', { event: (event) => events.push(event) }, stop.signal)
  await vi.advanceTimersByTimeAsync(1)
  const text = `id: 1-1\ndata: ${JSON.stringify(EVENT)}\n\n`
  await server.write(text.slice(0, 20))
  await server.write(text.slice(20))
  expect(events).toEqual([EVENT])
})

test('whoever may not watch does not ask again', async () => {
  vi.stubGlobal('fetch', async () => new Response('{"code": "token_needed"}', { status: 401 }))
  await follow('/v1/events', {}, stop.signal)
})

test('a stream that ends before it began is not asked for without a pause', async () => {
  void follow('/v1/events', {}, stop.signal)
  await vi.advanceTimersByTimeAsync(1)
  await server.end()
  expect(server.requests).toHaveLength(1)
  await vi.advanceTimersByTimeAsync(1000)
  expect(server.requests).toHaveLength(2)
})

test('when the network is back, no pause is waited out', async () => {
  void follow('/v1/events', {}, stop.signal)
  await vi.advanceTimersByTimeAsync(1)
  await server.end()
  dispatchEvent(new Event('online'))
  await vi.advanceTimersByTimeAsync(1)
  expect(server.requests).toHaveLength(2)
})

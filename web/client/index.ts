/**
 * Lector in a TypeScript program: in Node, Deno, Bun or a browser.
 *
 * `api` has every operation with the types of the contract; `read` uploads a document and waits for
 * its text. Requests are sent again while the server restarts or says "not now".
 */
import createClient, { type Client } from 'openapi-fetch'
import type { components, paths } from './schema.js'
import { ApiError, problem } from './problem.js'

export { ApiError } from './problem.js'
export type { components, paths } from './schema.js'

type Schemas = components['schemas']
export type LectorFile = Schemas['File']
export type Page = Schemas['Page']
/** How a document is to be read; what is left out is as usual there. */
export type ReadingOptions = Omit<Schemas['NewFile'], 'name' | 'size_bytes' | 'sha256' | 'again'>

const RETRY_FOR_MS = 20_000
const RETRY_EVERY_MS = 500
const LONGEST_PAUSE_MS = 600_000
const [SHORTEST_POLL_MS, LONGEST_POLL_MS] = [200, 2000]
const NOT_NOW = [429, 503]
const STORED_ALREADY = 412
const FINISHED: readonly string[] = ['completed', 'incomplete', 'failed', 'cancelled']

/** A Lector at a URL. */
export class Lector {
  /** Every operation of the API; a refusal is thrown as an ApiError. */
  readonly api: Client<paths>

  constructor(url: string, token?: string) {
    const headers = token ? { Authorization: `Bearer ${token}` } : {}
    this.api = createClient<paths>({ baseUrl: url.replace(/\/$/, ''), headers, fetch: asked })
  }

  /** Upload a document, a PDF or an image, and return as soon as it is there. */
  async read(content: Blob, name: string, options: ReadingOptions = {}): Promise<Document> {
    const body = { name, size_bytes: content.size, ...options }
    // A request that is sent again, because its answer was lost, makes no second file.
    const params = { header: { 'Idempotency-Key': crypto.randomUUID() } }
    const announced = (await told(this.api.POST('/v1/files', { body, params }))) as Announced
    await store(announced.upload, content)
    const path = { file_id: announced.id }
    const confirmed = this.api.POST('/v1/files/{file_id}/confirm', { params: { path } })
    return new Document(this.api, await told(confirmed))
  }

  /** A document that was uploaded before. */
  async document(id: string): Promise<Document> {
    const found = this.api.GET('/v1/files/{file_id}', { params: { path: { file_id: id } } })
    return new Document(this.api, await told(found))
  }
}

type Announced = Schemas['AnnouncedFile']

/** A document that Lector reads; what asks for its text waits for it. */
export class Document {
  constructor(
    private readonly api: Client<paths>,
    /** As it was last seen. */
    public file: LectorFile,
  ) {}

  /** Its pages in their order, each as soon as it and those before it are finished. */
  async *pages(): AsyncGenerator<Page, void> {
    let last = 0
    for (let pause = SHORTEST_POLL_MS; ; pause = Math.min(pause * 1.5, LONGEST_POLL_MS)) {
      const isLast = FINISHED.includes(this.file.status)
      for await (const page of this.finishedPages(last)) {
        last = page.number
        yield page
      }
      if (isLast) return
      await new Promise((resolve) => setTimeout(resolve, pause))
      await this.refresh()
    }
  }

  /** All its text, pages parted by form feeds; throws unless every page was read. */
  async text(format: 'text' | 'markdown' = 'text'): Promise<string> {
    await this.finished()
    const params = { path: this.path, query: { format } }
    const found = this.api.GET('/v1/files/{file_id}/text', { params, parseAs: 'text' })
    return told(found) as Promise<string>
  }

  /** Wait until every page was read; throws if one failed, or the whole document. */
  async finished(): Promise<this> {
    const failed: Page[] = []
    for await (const page of this.pages()) if (page.status === 'failed') failed.push(page)
    if (this.file.status === 'completed') return this
    const [first] = failed
    const why = first ? `page ${first.number}: ${first.error}` : this.file.error
    const code = first?.error_code ?? this.file.error_code ?? this.file.status
    throw new ApiError(0, code, `${this.file.name} was not read: ${why ?? this.file.status}`)
  }

  /** Have no more of it read; what was read stays. */
  async cancel(): Promise<void> {
    const params = { path: this.path }
    this.file = await told(this.api.POST('/v1/files/{file_id}/cancel', { params }))
  }

  /** Delete it with all that was made of it. */
  async delete(): Promise<void> {
    await this.api.DELETE('/v1/files/{file_id}', { params: { path: this.path } })
  }

  private get path() {
    return { file_id: this.file.id }
  }

  private async refresh(): Promise<void> {
    this.file = await told(this.api.GET('/v1/files/{file_id}', { params: { path: this.path } }))
  }

  private pagesAfter(after: number): Promise<Schemas['PageList']> {
    const params = { path: this.path, query: { after } }
    return told(this.api.GET('/v1/files/{file_id}/pages', { params }))
  }

  private async *finishedPages(after: number): AsyncGenerator<Page, void> {
    for (let next: number | null = after; next !== null;) {
      const list = await this.pagesAfter(next)
      for (const page of list.pages) {
        if (page.status !== 'read' && page.status !== 'failed') return
        yield page
      }
      next = list.next
    }
  }
}

/** What an answer holds; its problem, if it has one, was thrown before. */
async function told<Data>(answer: Promise<{ data?: Data }>): Promise<Data> {
  return (await answer).data as Data
}

/** An answer that is none of "not now"; a refusal is thrown. */
async function asked(request: Request): Promise<Response> {
  const answer = await patiently(() => fetch(request.clone()))
  if (!answer.ok) throw await problem(answer)
  return answer
}

async function store(target: Announced['upload'], content: Blob): Promise<void> {
  const put = () => fetch(target.url, { method: 'PUT', headers: target.headers, body: content })
  const answer = await patiently(put, (status) => status >= 500)
  if (answer.ok || answer.status === STORED_ALREADY) return
  const detail = `the object store answered ${answer.status} to the upload`
  throw new ApiError(answer.status, 'not_stored', detail)
}

/** An answer, also if it comes only after some tries. */
async function patiently(
  send: () => Promise<Response>,
  isNotNow = (status: number) => NOT_NOW.includes(status),
): Promise<Response> {
  const deadline = Date.now() + RETRY_FOR_MS
  for (;;) {
    const answer = await send().catch((error: Error) => error)
    const isOver = Date.now() > deadline
    if (answer instanceof Error) {
      if (isOver)
        throw new ApiError(0, 'unreachable', `Lector cannot be reached: ${answer.message}`)
    } else if (isOver || !isNotNow(answer.status)) return answer
    const pause = answer instanceof Error ? 0 : pauseOf(answer)
    if (answer instanceof Response && pause > LONGEST_PAUSE_MS) return answer // such as until tomorrow
    await new Promise((resolve) => setTimeout(resolve, Math.max(pause, RETRY_EVERY_MS)))
  }
}

function pauseOf(answer: Response): number {
  return 1000 * (Number(answer.headers.get('Retry-After')) || 0)
}

import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ApiError } from '../src/api/client'
import { PutFailed } from '../src/upload/put'
import { UploadQueue } from '../src/upload/queue'
import { IN_PARTS_FROM, mayPass, said, send, type Sending, type Sent } from '../src/upload/send'
import { en, type Text } from '../src/text/en'
import { es } from '../src/text/es'
import { folderOf, remember } from '../src/upload/folder'
import { ACCEPTED, isDocument } from '../src/upload/kinds'
import {
  howMany,
  sendTogether,
  SMALL,
  type Outcome,
  type SendingTogether,
} from '../src/upload/together'
import { filesOf, pasted, sorted } from '../src/upload/walk'
import {
  asksModel,
  costQuestion,
  heeded,
  isDays,
  nameWithModel,
  toSend,
  unheeded,
  type Wishes,
} from '../src/upload/wishes'

const put = vi.hoisted(() => vi.fn())
vi.mock('../src/upload/put', async (original) => ({ ...(await original<object>()), put }))

const sha256 = vi.hoisted(() => vi.fn())
vi.mock('../src/upload/digest', () => ({ sha256 }))

const post = vi.hoisted(() => vi.fn())
vi.mock('../src/upload/post', () => ({ post }))

const json = (body: unknown, status = 200) => Response.json(body, { status })
const asked: [method: string, path: string][] = []
let answers: Record<string, (() => Response)[]>

beforeEach(() => {
  vi.useFakeTimers()
  asked.length = 0
  put.mockReset().mockResolvedValue(undefined)
  post.mockReset()
  sha256.mockReset().mockResolvedValue(undefined)
  localStorage.clear()
  vi.stubGlobal('fetch', async (request: Request) => {
    const path = new URL(request.url).pathname
    asked.push([request.method, path])
    const all = answers[path]!
    return (all.length > 1 ? all.shift()! : all[0]!)()
  })
  answers = {
    '/v1/files': [
      () =>
        json(
          { id: 'f', upload: { url: 'http://store/f', headers: { 'If-None-Match': '*' } } },
          201,
        ),
    ],
    '/v1/files/f/confirm': [() => json({}, 202)],
  }
})

afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

const small = () => new File(['%PDF'], 'a.pdf')
const large = () => new File([new Uint8Array(IN_PARTS_FROM + 10)], 'large.pdf', { lastModified: 5 })

function sending(file: File, changes: Partial<Sending> = {}): Sending {
  const nothing = () => {}
  const signal = new AbortController().signal
  return { file, key: 'k', reading: {}, progress: nothing, cut: nothing, signal, ...changes }
}

async function patiently<Done>(done: Promise<Done>): Promise<Done> {
  const settled = vi.fn()
  void done.then(settled, settled)
  for (let step = 0; step < 50 && !settled.mock.calls.length; step++)
    await vi.advanceTimersByTimeAsync(1000)
  return done
}

test('a small file is announced, put and confirmed', async () => {
  expect(await patiently(send(sending(small())))).toEqual({ id: 'f' })
  expect(asked.map(([, path]) => path)).toEqual(['/v1/files', '/v1/files/f/confirm'])
  expect(put).toHaveBeenCalledOnce()
})

test('a cut is waited out and said', async () => {
  put.mockRejectedValueOnce(new PutFailed(0)).mockRejectedValueOnce(new PutFailed(503))
  const cut = vi.fn()
  expect(await patiently(send(sending(small(), { cut })))).toEqual({ id: 'f' })
  expect(cut.mock.calls.map(([isCut]) => isCut)).toEqual([true, true, false, false])
})

test('bytes that arrived although the answer was lost are not sent again', async () => {
  put.mockRejectedValueOnce(new PutFailed(412))
  expect(await patiently(send(sending(small())))).toEqual({ id: 'f' })
})

test('what is refused for good is not tried again', async () => {
  answers['/v1/files'] = [() => json({ code: 'file_too_large', detail: 'too large' }, 413)]
  await expect(patiently(send(sending(small())))).rejects.toThrow('too large')
  expect(asked).toHaveLength(1)
})

const part = (number: number, stored: boolean) => ({
  number,
  size_bytes: number === 1 ? IN_PARTS_FROM : 10,
  stored,
  url: stored ? null : `http://store/${number}`,
})

test('of a large file only the missing parts are sent after a cut', async () => {
  answers['/v1/files/f/parts'] = [
    () => json({ part_bytes: IN_PARTS_FROM, parts: [part(1, false), part(2, false)] }),
    () => json({ part_bytes: IN_PARTS_FROM, parts: [part(1, true), part(2, false)] }),
  ]
  put.mockImplementation(async (url: string) => {
    if (url.endsWith('2') && put.mock.calls.length < 3) throw new PutFailed(0)
  })
  await patiently(send(sending(large())))
  expect(put.mock.calls.map(([url]) => url)).toEqual([
    'http://store/1',
    'http://store/2',
    'http://store/2',
  ])
})

test('a large file that is dropped again goes on where it was', async () => {
  localStorage.setItem(`lector-upload large.pdf ${IN_PARTS_FROM + 10} 5`, 'f')
  answers['/v1/files/f/parts'] = [
    () => json({ part_bytes: IN_PARTS_FROM, parts: [part(1, true), part(2, false)] }),
  ]
  await patiently(send(sending(large())))
  expect(asked.some(([, path]) => path === '/v1/files')).toBe(false)
  expect(put).toHaveBeenCalledOnce()
  expect(localStorage).toHaveLength(0)
})

test('what may be over in a while is told from what never will', () => {
  expect([0, 403, 500].map((status) => mayPass(new PutFailed(status)))).toEqual([true, true, true])
  expect([0, 429, 503].map((status) => mayPass(new ApiError(status, '', '')))).toEqual([
    true,
    true,
    true,
  ])
  expect([400, 413, 401].map((status) => mayPass(new ApiError(status, '', '')))).toEqual([
    false,
    false,
    false,
  ])
})

test('a link that is refused again and again is given up', async () => {
  put.mockRejectedValue(new PutFailed(403))
  await expect(patiently(send(sending(small())))).rejects.toThrow('403')
  expect(put).toHaveBeenCalledTimes(4)
})

test('three go up at once, and the others after them', async () => {
  const open: (() => void)[] = []
  const queue = new UploadQueue(() => new Promise((resolve) => open.push(() => resolve('id'))))
  queue.add(
    [1, 2, 3, 4].map((n) => new File(['x'], `${n}.pdf`)),
    {},
    () => null,
  )
  expect(queue.snapshot().map((upload) => upload.state)).toEqual([
    'sending',
    'sending',
    'sending',
    'waiting',
  ])
  open[0]!()
  await vi.advanceTimersByTimeAsync(1)
  expect(queue.snapshot().map((upload) => upload.state)).toEqual([
    'done',
    'sending',
    'sending',
    'sending',
  ])
})

test('one can be paused, resumed and removed', async () => {
  const signals: AbortSignal[] = []
  const queue = new UploadQueue(({ signal }) => {
    signals.push(signal)
    return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  })
  queue.add([small()], {}, () => null)
  const { key } = queue.snapshot()[0]!
  queue.pause(key)
  await vi.advanceTimersByTimeAsync(1)
  expect([queue.snapshot()[0]!.state, signals[0]!.aborted]).toEqual(['paused', true])
  queue.resume(key)
  expect(queue.snapshot()[0]!.state).toBe('sending')
  queue.remove(key)
  expect([queue.snapshot().length, signals[1]!.aborted]).toEqual([0, true])
})

test('a file that is refused is shown with the reason, and not sent', () => {
  const sender = vi.fn()
  const queue = new UploadQueue(sender)
  queue.add([small()], {}, () => 'too large')
  expect(queue.snapshot()[0]).toMatchObject({ state: 'failed', error: 'too large' })
  expect(sender).not.toHaveBeenCalled()
})

test('a folder is walked to its end, batch by batch', async () => {
  const entry = (name: string) => ({
    isFile: true,
    fullPath: `/letters/2026/${name}`,
    file: (take: (file: File) => void) => take(new File([], name)),
  })
  const batches = [[entry('a.pdf'), entry('b.txt')], [entry('c.PDF'), entry('d.tiff')], []]
  const folder = {
    isFile: false,
    createReader: () => ({ readEntries: (take: (some: unknown) => void) => take(batches.shift()) }),
  }
  const files = await filesOf(folder as unknown as FileSystemEntry)
  expect(sorted(files)).toMatchObject({ skipped: ['b.txt'] })
  expect(sorted(files).documents.map((file) => file.name)).toEqual(['a.pdf', 'c.PDF', 'd.tiff'])
  expect(files.map(folderOf)).toEqual(Array(4).fill({ folder: 'letters/2026' }))
})

test('a file says the folder from which it was chosen, and none if it was chosen itself', () => {
  const chosen = (path: string) =>
    folderOf(Object.defineProperty(new File([], 'a.pdf'), 'webkitRelativePath', { value: path }))
  expect(chosen('letters/2026/a.pdf')).toEqual({ folder: 'letters/2026' })
  expect(chosen('')).toEqual({})
  expect(folderOf(remember(new File([], 'a.pdf'), '/a.pdf'))).toEqual({})
})

test('a document is known by the type that the browser tells, or by its name', () => {
  const named = (name: string, type = '') => isDocument({ name, type })
  expect([named('scan', 'application/pdf'), named('photo', 'image/heic')]).toEqual([true, true])
  for (const name of 'a.pdf b.JPG c.jpeg d.png e.tif f.TIFF g.webp h.heic i.gif j.bmp'.split(' '))
    expect([name, named(name)]).toEqual([name, true])
  for (const name of ['notes.txt', 'table.xlsx', 'pdf', 'a.pdf.zip', '.DS_Store', 'page.svg'])
    expect([name, named(name)]).toEqual([name, false])
})

test('the file picker offers every kind by its type and by its extensions', () => {
  const offered = ACCEPTED.split(',')
  expect(offered).toEqual(expect.arrayContaining(['application/pdf', '.pdf', 'image/tiff', '.tif']))
  expect(offered.every((one) => one.startsWith('.') || one.includes('/'))).toBe(true)
})

test('who says how a model is to read has it read: no text layer is wished for beside that', () => {
  const wishes = [
    { prompt: 'Read it.' },
    { model: 'large' },
    { describe: true },
    { reader: 'vllm' },
  ]
  for (const wish of wishes) {
    expect(asksModel(wish)).toBe(true)
    expect(toSend({ ...wish, text_layer: 'auto' })).toEqual(wish)
  }
})

test('what says nothing is not sent', () => {
  const silent = { pages: '', prompt: ' \n', model: '', describe: false, text_layer: null }
  expect(toSend(silent)).toEqual({})
  expect(asksModel(silent)).toBe(false)
  expect(toSend({ ...silent, text_layer: 'always' })).toEqual({ text_layer: 'always' })
})

test('a refusal keeps the code of the API, so that it can be told in any language', async () => {
  const refused = { code: 'file_too_large', detail: 'the limit is 5 bytes' }
  answers['/v1/files'] = [() => json(refused, 413)]
  const queue = new UploadQueue()
  queue.add([small()], {}, () => null)
  await vi.advanceTimersByTimeAsync(1000)
  expect(queue.snapshot()[0]).toMatchObject({
    state: 'failed',
    code: 'file_too_large',
    error: 'the limit is 5 bytes',
  })
})

test('parts that outlast the failure of another are waited for, so that never more go up at once', async () => {
  const one = (number: number) => ({ ...part(number, false), size_bytes: 10 })
  answers['/v1/files/f/parts'] = [
    () => json({ part_bytes: 10, parts: [1, 2, 3, 4, 5].map(one) }),
    () => json({ part_bytes: 10, parts: [] }),
  ]
  let most = 0
  let now = 0
  put.mockImplementation(async (url: string) => {
    most = Math.max(most, ++now)
    await new Promise((resolve) => setTimeout(resolve, 3000))
    now--
    if (url.endsWith('1')) throw new PutFailed(0)
  })
  await patiently(send(sending(large())))
  expect([most, put.mock.calls.length]).toEqual([3, 5])
})

test('an upload that is removed before it is whole is taken back', async () => {
  answers['/v1/files/f'] = [() => new Response(null, { status: 204 })]
  const queue = new UploadQueue(({ announced }) => {
    announced?.('f')
    return new Promise(() => {})
  })
  queue.add([large()], {}, () => null)
  queue.remove(queue.snapshot()[0]!.key)
  await vi.advanceTimersByTimeAsync(1)
  expect(asked).toEqual([['DELETE', '/v1/files/f']])
})

const tesseract = {
  name: 'tesseract',
  model: 'tesseract',
  models: [],
  honours: { prompt: false, describe: false, language: true },
}

test('a reader is offered with its model, and what it does not look at is known', () => {
  const vllm = {
    name: 'vllm',
    model: 'Qwen3',
    models: ['*'],
    honours: { prompt: true, describe: true, language: true },
  }
  expect([tesseract, vllm].map(nameWithModel)).toEqual(['tesseract', 'vllm (Qwen3)'])
  expect(nameWithModel({ ...vllm, model: null })).toBe('vllm')
  expect(unheeded(tesseract)).toEqual(['prompt', 'model', 'describe'])
  expect(unheeded({ ...vllm, models: [] })).toEqual(['model'])
  expect(unheeded(vllm)).toEqual([])
})

test('what a reader does not look at is said in the language of the page', () => {
  const said = (text: Text) =>
    text.upload.readerLacks(unheeded(tesseract).map((wish) => text.upload.wishes[wish]))
  expect(said(en)).toBe('Does not look at your own words, another model, or descriptions.')
  expect(said(es)).toBe('No tiene en cuenta tus propias palabras, otro modelo o descripciones.')
})

test('what a file may cost is sent as a number, and what is no amount pays for nothing', async () => {
  const bodies: unknown[] = []
  const before = fetch
  vi.stubGlobal('fetch', async (request: Request) => {
    if (request.method === 'POST')
      bodies.push(
        await request
          .clone()
          .json()
          .catch(() => null),
      )
    return before(request)
  })
  for (const max_cost of ['0.5', '$ 1,25', '0', 'much', ''])
    await patiently(send(sending(small(), { reading: { max_cost } })))
  const most = bodies.filter((body) => body && typeof body === 'object' && 'name' in body)
  expect(most.map((body) => (body as { max_cost_usd?: number }).max_cost_usd)).toEqual([
    0.5,
    1.25,
    0,
    0,
    undefined,
  ])
})

const many = (count: number, size = 7000) =>
  Array.from({ length: count }, (_, n) => new File([new Uint8Array(size)], `${n}.pdf`))

function together(outcomes?: (files: File[]) => Promise<Outcome[]>) {
  const calls: SendingTogether[] = []
  const sendMany = (sending: SendingTogether) => {
    calls.push(sending)
    const usual = Promise.resolve(sending.files.map(({ name }) => ({ id: `id of ${name}` })))
    return outcomes?.(sending.files) ?? usual
  }
  return { calls, sendMany }
}

const states = (queue: UploadQueue) => queue.snapshot().map(({ state }) => state)

test('many small files go up in few requests, and each has its own outcome', async () => {
  const { calls, sendMany } = together(async (files) =>
    files.map(({ name }) =>
      name === '3.pdf'
        ? { refused: new ApiError(415, 'unsupported_type', 'this is a program') }
        : { id: `id of ${name}` },
    ),
  )
  const queue = new UploadQueue(vi.fn(), sendMany)
  queue.add(many(50), {}, () => null)
  await vi.advanceTimersByTimeAsync(1)
  expect(calls.map(({ files }) => files.length)).toEqual([50])
  const uploads = queue.snapshot()
  expect(uploads.map(({ state }) => state)).toEqual(
    uploads.map((_, n) => (n === 3 ? 'failed' : 'done')),
  )
  expect(uploads[3]).toMatchObject({ code: 'unsupported_type', error: 'this is a program' })
  expect(uploads[4]).toMatchObject({ id: 'id of 4.pdf', sent: 7000 })
})

test('files go together as far as they are small, alike in their reading, and not too many', () => {
  expect(howMany(many(250))).toBe(100)
  expect(howMany(many(30, 100_000))).toBe(9)
  expect(howMany([...many(5), ...many(1, SMALL + 1), ...many(5)])).toBe(5)
  const { calls, sendMany } = together()
  const queue = new UploadQueue(() => new Promise(() => {}), sendMany)
  queue.add(many(3), {}, (file) => (file.name === '1.pdf' ? 'too large' : null))
  queue.add(many(2), { language: 'es' }, () => null)
  queue.add([...many(1, SMALL + 1), ...many(2)], { language: 'de' }, () => null)
  expect(calls.map(({ files, reading }) => [files.length, reading.language])).toEqual([
    [2, undefined],
    [2, 'es'],
  ])
  expect(states(queue).slice(-3)).toEqual(['sending', 'waiting', 'waiting'])
})

test('how far each file of a request is, is seen as its bytes leave', async () => {
  const { calls, sendMany } = together(() => new Promise(() => {}))
  const queue = new UploadQueue(vi.fn(), sendMany)
  queue.add(many(3, 100), {}, () => null)
  calls[0]!.progress([100, 40, 0])
  expect(queue.snapshot().map(({ state, sent }) => [state, sent])).toEqual([
    ['sending', 100],
    ['sending', 40],
    ['sending', 0],
  ])
})

test.each([
  [405, 'method_not_allowed'],
  [400, 'unknown_option'],
  [413, 'storage_limit_reached'],
])('files that are refused together (%i %s) go up one by one', async (status, code) => {
  const { calls, sendMany } = together(() => Promise.reject(new ApiError(status, code, 'no')))
  const alone: string[] = []
  const queue = new UploadQueue(async ({ file }) => (alone.push(file.name), file.name), sendMany)
  queue.add(many(4), {}, () => null)
  await vi.advanceTimersByTimeAsync(1)
  expect([calls.length, alone]).toEqual([1, ['0.pdf', '1.pdf', '2.pdf', '3.pdf']])
  expect(states(queue)).toEqual(['done', 'done', 'done', 'done'])
  queue.add(many(4), {}, () => null)
  await vi.advanceTimersByTimeAsync(1)
  // A Lector of before is not asked again; one that refused these files is.
  expect(calls.length).toBe(status === 413 ? 2 : 1)
})

test('a refusal that is none of the files fails them all', async () => {
  const { sendMany } = together(() => Promise.reject(new ApiError(403, 'not_allowed', 'no')))
  const queue = new UploadQueue(vi.fn(), sendMany)
  queue.add(many(2), {}, () => null)
  await vi.advanceTimersByTimeAsync(1)
  expect(queue.snapshot().map(({ state, code }) => [state, code])).toEqual([
    ['failed', 'not_allowed'],
    ['failed', 'not_allowed'],
  ])
})

test('what is paused in a request goes up with it, and what is removed is deleted', async () => {
  let arrive = () => {}
  const { sendMany } = together(
    (files) =>
      new Promise((resolve) => {
        arrive = () => resolve(files.map(({ name }) => ({ id: name[0]! })))
      }),
  )
  answers['/v1/files/2'] = [() => new Response(null, { status: 204 })]
  const queue = new UploadQueue(vi.fn(), sendMany)
  queue.add(many(3), {}, () => null)
  const [first, second, third] = queue.snapshot()
  queue.pause(first!.key)
  queue.pause(second!.key)
  queue.resume(second!.key)
  queue.remove(third!.key)
  expect(states(queue)).toEqual(['paused', 'sending'])
  arrive()
  await vi.advanceTimersByTimeAsync(1)
  expect(queue.snapshot().map(({ state, id }) => [state, id])).toEqual([
    ['done', '0'],
    ['done', '1'],
  ])
  expect(asked).toEqual([['DELETE', '/v1/files/2']])
})

test('a request of many says their names and wishes, and is said again with its key after a cut', async () => {
  post.mockRejectedValueOnce(new ApiError(0, 'unreachable', 'cut')).mockResolvedValueOnce({
    results: [
      { file: { id: 'f' } },
      { error: { status: 415, code: 'unsupported_type', detail: 'a program' } },
    ],
  })
  const files = [new File(['%PDF'], 'a "b"\r.pdf'), new File(['MZ'], 'c.pdf')]
  remember(files[1]!, '/box/c.pdf')
  const cut = vi.fn()
  const progress = vi.fn()
  const reading = { language: 'es', describe: true, max_cost: '0.5' }
  const signal = new AbortController().signal
  const done = sendTogether({ files, key: 'k', reading, progress, cut, signal })
  const outcomes = await patiently(done)
  expect(outcomes[0]).toEqual({ id: 'f' })
  expect(outcomes[1]).toMatchObject({ refused: { code: 'unsupported_type', message: 'a program' } })
  expect(post).toHaveBeenCalledTimes(2)
  const [[, form, headers, told], again] = post.mock.calls as unknown as [
    [string, FormData, Record<string, string>, (loaded: number) => void],
    [string, FormData, Record<string, string>],
  ]
  expect([headers['Idempotency-Key'], again[2]['Idempotency-Key']]).toEqual(['k', 'k'])
  expect(JSON.parse(String(form.get('files')))).toEqual([
    { name: 'a "b"\r.pdf' },
    { name: 'c.pdf', folder: 'box' },
  ])
  expect([form.get('language'), form.get('describe'), form.get('max_cost_usd')]).toEqual([
    'es',
    'true',
    '0.5',
  ])
  expect(form.getAll('file')).toHaveLength(2)
  told(5)
  expect(progress).toHaveBeenLastCalledWith([4, 1])
  expect(cut.mock.calls.map(([isCut]) => isCut)).toEqual([true, false])
})

test('what was uploaded before is found by its hash, and neither sent nor confirmed', async () => {
  sha256.mockResolvedValue('ab'.repeat(32))
  const bodies: Record<string, unknown>[] = []
  const before = fetch
  vi.stubGlobal('fetch', async (request: Request) => {
    bodies.push(await request.clone().json())
    return before(request)
  })
  answers['/v1/files'] = [() => json({ id: 'f', status: 'completed' })]
  for (const file of [small(), large()])
    expect(await patiently(send(sending(file)))).toEqual({ id: 'f', found: true })
  expect(put).not.toHaveBeenCalled()
  expect(asked.map(([, path]) => path)).toEqual(['/v1/files', '/v1/files'])
  expect(bodies[0]).toMatchObject({ again: false, sha256: 'ab'.repeat(32) })
  expect(bodies[0]).not.toHaveProperty('folder')
  const inBox = remember(small(), '/box/a.pdf')
  await patiently(send(sending(inBox, { reading: { again: true } })))
  expect(bodies[2]).toMatchObject({ again: true, folder: 'box' })
  expect(bodies[2]).not.toHaveProperty('sha256')
})

test('a file whose hash is not known is made as ever', async () => {
  expect(await patiently(send(sending(small())))).toEqual({ id: 'f' })
  expect(put).toHaveBeenCalledOnce()
})

test('of a request of many, what was uploaded before says so', async () => {
  post.mockResolvedValue({ results: [{ file: { id: 'f' }, found: true }, { file: { id: 'g' } }] })
  const nothing = () => {}
  const signal = new AbortController().signal
  const rest = { files: many(2), key: 'k', progress: nothing, cut: nothing, signal }
  expect(await patiently(sendTogether({ ...rest, reading: {} }))).toEqual([
    { id: 'f', found: true },
    { id: 'g' },
  ])
  await patiently(sendTogether({ ...rest, reading: { again: true } }))
  const forms = post.mock.calls.map(([, form]) => form as FormData)
  expect(forms.map((form) => form.get('again'))).toEqual(['false', 'true'])
})

test('a file of before is not deleted when it is removed from the list on its way', async () => {
  let arrive = (_: Outcome[]) => {}
  const { sendMany } = together(() => new Promise<Outcome[]>((resolve) => (arrive = resolve)))
  const queue = new UploadQueue(vi.fn(), sendMany)
  queue.add(many(2), {}, () => null)
  await vi.advanceTimersByTimeAsync(1)
  queue.remove(queue.snapshot()[0]!.key)
  arrive([{ id: 'f', found: true }, { id: 'g' }])
  await vi.advanceTimersByTimeAsync(1)
  expect(asked).toEqual([])
})

test('what was found is read anew when somebody asks for that', async () => {
  const readings: unknown[] = []
  const queue = new UploadQueue(async ({ reading }) => {
    readings.push(reading)
    return reading.again ? { id: 'new' } : { id: 'old', found: true }
  })
  queue.add([small()], { language: 'es' }, () => null)
  await vi.advanceTimersByTimeAsync(1)
  const [found] = queue.snapshot()
  expect(found).toMatchObject({ id: 'old', found: true, state: 'done' })
  queue.again(found!.key)
  await vi.advanceTimersByTimeAsync(1)
  expect(readings[1]).toEqual({ language: 'es', again: true })
  expect(queue.snapshot()).toMatchObject([{ id: 'new', found: false, state: 'done' }])
})

test('files are pasted, and not where text is meant', () => {
  const files = [new File(['%PDF'], 'a.pdf', { type: 'application/pdf' })] as unknown as FileList
  const paste = (tag: string, ...types: string[]) =>
    pasted({
      target: document.createElement(tag),
      clipboardData: { files, types } as unknown as DataTransfer,
    }).length
  expect(paste('body', 'Files')).toBe(1)
  expect(paste('body', 'text/plain', 'Files')).toBe(1)
  expect(paste('body', 'text/html', 'Files')).toBe(1)
  expect(paste('body', 'text/plain', 'text/html', 'text/rtf', 'Files')).toBe(0)
  expect(paste('input', 'Files')).toBe(0)
  expect(paste('textarea', 'Files')).toBe(0)
})

test('what is not looked at by a reader, or a language that it lacks, is not wished of it', () => {
  const wishes = { prompt: 'Read it.', describe: true, language: 'fr', verify: 'always' as const }
  const own = { ...tesseract, languages: ['en', 'fr'] }
  const left = { prompt: null, model: null, describe: false, verify: 'always' }
  expect(heeded(wishes, own)).toEqual({ ...left, language: 'fr' })
  expect(heeded(wishes, { ...own, languages: ['en'] })).toEqual({ ...left, language: null })
  expect(heeded(wishes, undefined)).toEqual(wishes)
})

test('a model is wished of no reader that lacks it', () => {
  const vision = { ...tesseract, honours: { prompt: true, describe: true, language: true } }
  const modelFor = (models: string[]) => heeded({ model: 'large' }, { ...vision, models }).model
  expect([['small'], ['small', 'large'], ['*'], []].map(modelFor)).toEqual([
    null,
    'large',
    'large',
    null,
  ])
})

test('what reading again costs is asked for who read before, unless another is chosen', () => {
  const before = { reader: 'vllm', model: 'large' }
  const asked = (wishes: Wishes) => costQuestion(3, wishes, undefined, before)
  expect(asked({ text_layer: 'auto' })).toEqual({ pages: 3, ...before, text_layer: 'auto' })
  expect(asked({ model: 'small' })).toEqual({ pages: 3, reader: 'vllm', model: 'small' })
  expect(asked({ reader: 'tesseract' })).toEqual({ pages: 3, reader: 'tesseract' })
  expect(costQuestion(3, {}, undefined, { reader: null, model: null })).toEqual({ pages: 3 })
})

test('what pages cost is asked for by what it depends on', () => {
  const wishes = { reader: 'vllm', language: 'es', prompt: ' ', text_layer: 'auto' as const }
  expect(costQuestion(57, wishes)).toEqual({ pages: 57, reader: 'vllm' })
  expect(costQuestion(5, { text_layer: 'never' }, 0)).toEqual({
    pages: 5,
    text_layer: 'never',
    text_layer_pages: 0,
  })
})

/** A queue that holds these files, and what its uploads were sent with. */
function holding(held: { locked?: boolean }[], ends: () => Promise<Sent>) {
  const sent: Sending[] = []
  const queue = new UploadQueue((sending) => (sent.push(sending), ends()))
  const seen = held.map((one) => ({ ...one, held: true }))
  queue.add(
    held.map(() => small()),
    {},
    () => null,
    seen,
  )
  const states = () => queue.snapshot().map(({ state }) => state)
  return { queue, sent, states }
}

test('what is held goes up when somebody says so, as he says then, with its password', async () => {
  const { queue, sent, states } = holding([{}, { locked: true }], async () => ({ id: 'f' }))
  expect([states(), sent.length]).toEqual([['held', 'held'], 0])
  queue.begin({ language: 'es' }, 'kestrel 7')
  await vi.advanceTimersByTimeAsync(1)
  expect(sent.map(({ reading, password }) => [reading, password])).toEqual([
    [{ language: 'es' }, undefined],
    [{ language: 'es' }, 'kestrel 7'],
  ])
  expect(states()).toEqual(['done', 'done'])
  expect(JSON.stringify(queue.snapshot())).not.toContain('kestrel')
})

test('a wrong password is said, forgotten, and asked for again for the same upload', async () => {
  const wrong = new ApiError(422, 'wrong_password', 'this password does not open the PDF')
  const { queue, sent, states } = holding([{ locked: true }], () =>
    sent.length > 1 ? Promise.resolve({ id: 'f' }) : Promise.reject(wrong),
  )
  queue.begin({}, 'sparrow')
  await vi.advanceTimersByTimeAsync(1)
  expect(queue.snapshot()[0]).toMatchObject({ state: 'held', locked: true, code: 'wrong_password' })
  expect(JSON.stringify(queue.snapshot())).not.toContain('sparrow')
  queue.begin({}, 'kestrel 7')
  await vi.advanceTimersByTimeAsync(1)
  expect(states()).toEqual(['done'])
  expect(new Set(sent.map(({ key }) => key)).size).toBe(1)
})

const WRONG = new ApiError(422, 'wrong_password', 'this password does not open the PDF')

/** A queue with a file that was stored as `f` and whose password was wrong; a second one is right. */
async function wronglyOpened() {
  const sent: Sending[] = []
  const queue = new UploadQueue((sending) => {
    sent.push(sending)
    sending.announced?.('f')
    return sent.length > 1 ? Promise.resolve({ id: 'g' }) : Promise.reject(WRONG)
  })
  queue.add([small()], { language: 'es' }, () => null, [{ locked: true, held: true }])
  queue.begin({ language: 'es' }, 'sparrow')
  await vi.advanceTimersByTimeAsync(1)
  return { queue, sent }
}

test('for another password only the confirmation is said again, however the file was stored', async () => {
  const { queue, sent } = await wronglyOpened()
  queue.begin({ language: 'es', prompt: '' }, 'kestrel 7')
  await vi.advanceTimersByTimeAsync(1)
  expect(sent.map(({ stored }) => stored)).toEqual([undefined, 'f'])
  for (const file of [small(), large()]) {
    asked.length = 0
    await patiently(send(sending(file, { stored: 'f', password: 'kestrel 7' })))
    expect(asked).toEqual([['POST', '/v1/files/f/confirm']])
  }
  expect(put).not.toHaveBeenCalled()
})

test('a locked file that is read otherwise at the second try goes up anew, by another key', async () => {
  answers['/v1/files/f'] = [() => new Response(null, { status: 204 })]
  const { queue, sent } = await wronglyOpened()
  queue.begin({ language: 'fr' }, 'kestrel 7')
  await vi.advanceTimersByTimeAsync(1)
  expect(asked).toEqual([['DELETE', '/v1/files/f']])
  expect(sent.map(({ reading }) => reading.language)).toEqual(['es', 'fr'])
  expect(sent[1]!.stored).toBeUndefined()
  expect(sent[1]!.key).not.toBe(sent[0]!.key)
  expect(queue.snapshot()).toMatchObject([{ state: 'done', id: 'g', key: sent[1]!.key }])
})

test('an upload that failed and then succeeds says no more why it failed', async () => {
  const ends = [() => Promise.reject(new ApiError(503, 'too_busy', 'later')), () => ({ id: 'f' })]
  const queue = new UploadQueue(async () => ends.shift()!())
  queue.add([small()], {}, () => null)
  await vi.advanceTimersByTimeAsync(1)
  const [failed] = queue.snapshot()
  expect(failed).toMatchObject({ state: 'failed', error: 'later', code: 'too_busy' })
  queue.resume(failed!.key)
  expect(queue.snapshot()[0]).toMatchObject({ state: 'sending', error: undefined })
  await vi.advanceTimersByTimeAsync(1)
  expect(queue.snapshot()[0]).toMatchObject({ state: 'done', error: undefined, code: undefined })
})

test('a password goes with the confirmation, and nowhere else', async () => {
  const bodies: [string, string][] = []
  const answer = globalThis.fetch
  vi.stubGlobal('fetch', async (request: Request) => {
    bodies.push([new URL(request.url).pathname, await request.clone().text()])
    return answer(request)
  })
  await patiently(send(sending(small(), { password: 'kestrel 7' })))
  const told = bodies.filter(([, body]) => body.includes('kestrel'))
  expect(told).toEqual([['/v1/files/f/confirm', '{"password":"kestrel 7"}']])
})

test('a file is kept for 1 to 36,500 days', () => {
  const all = ['', '0', '00', '1', '030', '36500', '36501', '99999', '1.5', '-1']
  expect(all.filter(isDays)).toEqual(['1', '030', '36500'])
})

test('amounts and days are sent as numbers, and not at all where nothing is said', () => {
  expect(said({ max_cost: '$0,50', keep_days: '30' })).toEqual({ max_cost_usd: 0.5, keep_days: 30 })
  expect(said({ max_cost: '0' })).toEqual({ max_cost_usd: 0 })
  expect(said({ max_cost: '', keep_days: '' })).toEqual({})
})

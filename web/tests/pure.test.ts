import { expect, test } from 'vitest'
import { isRefusal, problemOf, type LectorFile, type Page } from '../src/api/client'
import { nameIn } from '../src/file/download'
import { selectionOf } from '../src/file/pageNumbers'
import { atOnce, lanes, summary, ticks } from '../src/file/timelineBars'
import { toggled } from '../src/files/selection'
import { blocks } from '../src/reading/blocks'
import { doubtWords } from '../src/reading/doubts'
import { marksOf, pieces } from '../src/reading/highlight'
import { explained, retryHelps } from '../src/reading/reasons'
import { distance } from '../src/reading/reveal'
import { waitWords } from '../src/reading/waiting'
import { asked, FIT, moved, sized, turned, zoomed } from '../src/reading/view'
import { byFile } from '../src/search/grouping'
import { ago, bytes, clock, cost, duration } from '../src/shared/format'
import { lasting, uprightSize, uprightStyle } from '../src/shared/image'
import { problemWords } from '../src/shared/problems'
import { preferred } from '../src/text'
import { en } from '../src/text/en'
import { es } from '../src/text/es'

const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1) + seconds * 1000).toISOString()
const FILE = {
  generation: 1,
  created_at: at(0),
  begun_at: at(0),
  uploaded_at: at(1),
  opened_at: at(2),
} as LectorFile
const page = (changes: Partial<Page>) =>
  ({
    number: 1,
    status: 'read',
    generation: 1,
    versions: 1,
    attempts: 1,
    created_at: at(2),
    rendered_at: at(4),
    render_s: 0.5,
    reading_at: at(5),
    finished_at: at(7),
    ...changes,
  }) as Page

test.each([
  [400, true],
  [404, true],
  [429, false],
  [503, false],
])('what was answered with %i is refused for good: %s', (status, expected) => {
  expect(isRefusal(problemOf(status, null))).toBe(expected)
})

test('a page’s way is cut into waiting and working', () => {
  const [file, one] = lanes(FILE, [page({})], 0)
  expect(file!.bars.map(({ step, start, end }) => [step, start, end])).toEqual([
    ['upload', 0, 1],
    ['open', 1, 2],
  ])
  expect(one!.bars.map(({ step, start, end }) => [step, start, end])).toEqual([
    ['waitImage', 2, 3.5],
    ['draw', 3.5, 4],
    ['waitModel', 4, 5],
    ['read', 5, 7],
  ])
})

test('what still goes on ends now', () => {
  const waiting = page({ status: 'rendered', reading_at: null, finished_at: null })
  const [, one] = lanes(FILE, [waiting], Date.parse(at(9)))
  expect(one!.bars.at(-1)).toEqual({ step: 'waitModel', start: 4, end: 9 })
})

test('a page that a person wrote days later was not read for days', () => {
  const written = page({ provenance: 'person', reading_at: at(90_000), attempts: null })
  const [, one] = lanes(FILE, [written], 0)
  expect(Math.max(...one!.bars.map(({ end }) => end))).toBe(7)
})

test('a failed page ends with a mark where it failed', () => {
  const [, one] = lanes(FILE, [page({ status: 'failed', reading_at: null })], 0)
  expect(one!.bars.at(-1)).toMatchObject({ step: 'failed', start: 7 })
})

test('a page that was read twice is marked', () => {
  expect(
    lanes(FILE, [page({ versions: 2 }), page({ number: 2 })], 0).map((lane) => lane.again),
  ).toEqual([false, true, false])
})

const RETRIED = { ...FILE, generation: 2, begun_at: at(90_000) }
const bars = (file: LectorFile, one: Page) =>
  lanes(file, [one], Date.parse(at(90_009))).map((lane) =>
    lane.bars.map(({ step, start, end }) => [step, start, end]),
  )

test('a page that is read again waits since the retry, not since it was drawn a day before', () => {
  const again = page({ generation: 2, reading_at: at(90_003), finished_at: at(90_004) })
  expect(bars(RETRIED, again)).toEqual([
    [],
    [
      ['waitModel', 0, 3],
      ['read', 3, 4],
    ],
  ])
  const waiting = page({ generation: 2, status: 'rendered', finished_at: null })
  expect(bars(RETRIED, waiting)).toEqual([[], [['waitModel', 0, 9]]])
})

test('a page that is drawn once more waits since the retry, too', () => {
  const times = { rendered_at: at(90_002), reading_at: at(90_003), finished_at: at(90_004) }
  expect(bars(RETRIED, page({ generation: 2, ...times }))[1]!.slice(0, 2)).toEqual([
    ['waitImage', 0, 1.5],
    ['draw', 1.5, 2],
  ])
})

test('after a retry, pages that it left alone are not told of', () => {
  expect(bars(RETRIED, page({}))).toEqual([[]])
  expect(summary(lanes(RETRIED, [page({})], 0))).toMatchObject({ pages: 0, seconds: 0 })
})

test('the summary tells how many ran at once and who waited longest', () => {
  const told = summary(
    lanes(FILE, [page({}), page({ number: 2, reading_at: at(6), finished_at: at(8) })], 0),
  )
  expect(told).toEqual({ pages: 2, seconds: 8, most: 2, longest: { page: 2, seconds: 2 } })
  expect(
    atOnce([
      { step: 'read', start: 0, end: 1 },
      { step: 'read', start: 1, end: 2 },
    ]),
  ).toBe(1)
})

test.each([0.3, 7, 100, 4000])('the axis of %s s has a few round marks', (seconds) => {
  const marks = ticks(seconds, 880)
  expect(marks[0]).toBe(0)
  expect(marks.length).toBeGreaterThan(3)
  expect(marks.length).toBeLessThan(12)
})

test('hits are cut out by code points', () => {
  const text = '🙂 lamp, lamps'
  const hits = [
    [2, 6],
    [8, 13],
  ]
  expect(pieces(text, marksOf(text, hits, [], null))).toEqual([
    { text: '🙂 ', start: 0, hit: false, spot: null },
    { text: 'lamp', start: 3, hit: true, spot: null },
    { text: ', ', start: 7, hit: false, spot: null },
    { text: 'lamps', start: 9, hit: true, spot: null },
  ])
  expect(pieces('', marksOf('', [], [], null))).toEqual([])
})

const shown = (text: string, hits: number[][] = []) =>
  blocks(text, marksOf(text, hits, [], null)).map(({ picture, pieces }) => [
    picture ? 'picture' : 'page',
    pieces.map(({ text, hit }) => (hit ? `<${text}>` : text)).join(''),
  ])

test('what was read in pictures stands apart from the text of the page', () => {
  const text = 'Before\n\n[picture]\n\nA lamp\n\nand oil\n\n[/picture]\n\nAfter\n'
  expect(shown(text)).toEqual([
    ['page', 'Before'],
    ['picture', 'A lamp\n\nand oil'],
    ['page', 'After'],
  ])
  expect(shown('[picture]\nfirst\n[/picture]\n[picture]\nsecond\n[/picture]')).toEqual([
    ['picture', 'first'],
    ['picture', 'second'],
  ])
})

test('hits are found in pictures and behind them, by code points', () => {
  const text = '🙂 lamp\n[picture]\n🙂 lamp\n[/picture]\n🙂 lamp'
  const at = [...text].flatMap((_, index, all) =>
    all.slice(index, index + 4).join('') === 'lamp' ? [[index, index + 4]] : [],
  )
  expect(at).toHaveLength(3)
  expect(shown(text, at)).toEqual([
    ['page', '🙂 <lamp>'],
    ['picture', '🙂 <lamp>'],
    ['page', '🙂 <lamp>'],
  ])
})

test('a mark that is not closed, or stands within a line, is a word like any other', () => {
  const texts = ['', 'plain', '[picture]\nopen', 'a [picture]\nb\n[/picture]', '[/picture]']
  for (const text of [...texts, '[picture] of\nit\n[/picture]'])
    expect(shown(text)).toEqual(text ? [['page', text]] : [])
})

test('page numbers become ranges', () => {
  expect(selectionOf([7, 1, 3, 2])).toBe('1-3,7')
})

test('shift takes all between the last one and this', () => {
  const listed = ['a', 'b', 'c', 'd']
  expect([...toggled(listed, new Set(['a']), 'c', 'a')]).toEqual(['a', 'b', 'c'])
  expect([...toggled(listed, new Set(['a', 'b', 'c']), 'b', 'c')]).toEqual(['a'])
  expect([...toggled(listed, new Set(), 'd', null)]).toEqual(['d'])
})

test('an image that lies is laid upright into its box', () => {
  const image = { width_px: 100, height_px: 200, url: '', expires_at: '' }
  expect(uprightSize(image, 0)).toEqual({ width_px: 100, height_px: 200 })
  expect(uprightSize(image, 180)).toEqual({ width_px: 100, height_px: 200 })
  expect(uprightSize(image, 90)).toEqual({ width_px: 200, height_px: 100 })
  expect(uprightStyle(0)).toBeUndefined()
  expect(uprightStyle(180)).toMatchObject({ width: '100cqw', height: '100cqh' })
  expect(uprightStyle(270)).toMatchObject({ width: '100cqh', height: '100cqw' })
})

test('an image is turned and zoomed within bounds', () => {
  const image = { width_px: 100, height_px: 200 }
  const room = { width: 300, height: 400 }
  expect(sized(FIT, image, room)).toEqual({ width: 300, height: 600 })
  expect(sized(turned(FIT), image, room)).toEqual({ width: 300, height: 150 })
  expect(sized(moved(FIT, 'page'), image, room)).toEqual({ width: 200, height: 400 })
  expect(sized(turned(moved(FIT, 'page')), image, room)).toEqual({ width: 300, height: 150 })
  expect(zoomed({ ...FIT, zoom: 8 }, 2).zoom).toBe(8)
  expect(turned({ ...FIT, turns: 3 }).turns).toBe(0)
})

test('what is not in sight is brought there with room around it, and what is stays', () => {
  expect(distance(50, 60, 0, 100)).toBe(0)
  expect(distance(150, 160, 0, 100)).toBe(84)
  expect(distance(-40, -30, 0, 100)).toBe(-64)
  expect(distance(150, 300, 0, 100)).toBe(150) // what is larger than the pane begins at its edge
})

test('keys mean something, and others nothing', () => {
  expect(['j', 'ArrowLeft', '+', '0', 'x'].map(asked)).toEqual([
    'next',
    'previous',
    'in',
    'page',
    null,
  ])
})

test('a reason is told in the language of the page, else as the server has it', () => {
  const failed = { error_code: 'not_a_pdf', error: 'the file is not a PDF' }
  expect(explained(failed, 'es').what).toContain('no es un PDF')
  expect(explained({ error_code: 'new_code', error: 'as it is' }, 'en')).toEqual({
    what: 'as it is',
  })
})

test.each(['not_a_pdf', 'password_protected', 'empty_file', 'no_such_pages', 'page_unrenderable'])(
  'of what is wrong with a document, as %s, nobody is told to retry it',
  (error_code) => {
    const advised = (['en', 'es'] as const).map(
      (language) => explained({ error_code, error: null }, language).advice,
    )
    expect(retryHelps(error_code)).toBe(false)
    expect(advised.join()).not.toMatch(/undefined|\b(retry|read it again|reintenta)\b/i)
  },
)

test('what may pass can be retried, as can what only a function of somebody’s own knows', () => {
  const passing = ['stalled', 'model_unreachable', 'file_too_slow', 'cancelled', 'of_my_own', null]
  expect(passing.map(retryHelps)).toEqual(passing.map(() => true))
})

test('what the server says of a failure is told beside the reason where it names something', () => {
  const failed = (error: string) => explained({ error_code: 'page_unrenderable', error }, 'es')
  expect(failed('page 3: the page cannot be drawn (cycle in the page tree)')).toMatchObject({
    what: expect.stringContaining('no se puede dibujar'),
    detail: 'page 3: the page cannot be drawn (cycle in the page tree)',
  })
  expect(failed('the page cannot be drawn')).not.toHaveProperty('detail')
})

test('the number of a page is not told again beside its reason', () => {
  const failed = (error_code: string, error: string) => explained({ error_code, error }, 'es')
  expect(failed('page_missing', 'page 3 is missing: the PDF is damaged').detail).toBeUndefined()
  expect(failed('page_undecodable', 'page 3: its content cannot be decoded').detail).toBeUndefined()
  expect(failed('page_undecodable', 'page 3: it cannot be decoded (zlib: bad)').detail).toBe(
    'page 3: it cannot be decoded (zlib: bad)',
  )
})

test('what the API refuses is told in the language of the page where its code is known', () => {
  const missing = { code: 'no_such_file', message: 'there is no file 0198' }
  expect(problemWords(missing, 'es')).toEqual({
    what: 'Este archivo no existe, o alguien lo borró.',
    detail: 'there is no file 0198',
  })
  expect(problemWords(missing, 'en')).toEqual({ what: missing.message, detail: null })
  const empty = { code: 'empty_file', message: 'the file is empty' }
  expect(problemWords(empty, 'es')).toEqual({ what: 'El archivo está vacío.', detail: null })
  const unknown = { code: 'of_later', message: 'as it is' }
  expect(problemWords(unknown, 'es')).toEqual({ what: 'as it is', detail: null })
})

test('a doubt is told in the language of the page, with what the server says beyond that', () => {
  const coarse = { code: 'drawn_too_coarsely', detail: 'drawn at 59 dpi' }
  expect(doubtWords(coarse, 'en')).toEqual({
    what: 'The page is too large to be drawn finely enough for its print.',
    detail: 'drawn at 59 dpi',
  })
  expect(doubtWords(coarse, 'es').what).toContain('demasiado grande')
  expect(doubtWords({ code: 'of_later', detail: 'as it is' }, 'es')).toEqual({
    what: 'as it is',
    detail: null,
  })
})

test('the server’s own sentence of a doubt is not told twice', () => {
  const told = { code: 'parts_illegible', detail: 'the reader says that parts cannot be read' }
  expect([doubtWords(told, 'en').detail, doubtWords(told, 'es').detail]).toEqual([null, null])
  const more = { ...told, detail: `${told.detail}: two places` }
  expect([doubtWords(more, 'en').detail, doubtWords(more, 'es').detail]).toEqual([
    'two places',
    'two places',
  ])
})

test('what is left out is named, but not endlessly', () => {
  expect(en.files.skipped(['notes.txt'])).toMatch(/^1 file was left out.*: notes.txt$/)
  expect(en.files.skipped(['a', 'b', 'c', 'd', 'e'])).toMatch(/^5 files.*: a, b, c, 2 more$/)
  expect(es.files.skipped(['a', 'b', 'c', 'd'])).toMatch(/^4 archivos.*: a, b, c, 1 más$/)
})

test('hits are grouped by file in the order of the best', () => {
  const hit = (file_id: string, number: number) =>
    ({ file_id, page: number }) as Parameters<typeof byFile>[0][0]
  const groups = byFile([hit('b', 1), hit('a', 1), hit('b', 2)])
  expect(groups.map((group) => group.map((one) => `${one.file_id}${one.page}`))).toEqual([
    ['b1', 'b2'],
    ['a1'],
  ])
})

test('figures are written as people write them', () => {
  expect([bytes(900, 'en'), bytes(1_500_000, 'en')]).toEqual(['900 bytes', '1.5 MB'])
  expect([cost(null, 'en'), cost(0, 'en'), cost(0.00042, 'en'), cost(12.5, 'en')]).toEqual([
    '–',
    '$0.00',
    '$0.00042',
    '$12.50',
  ])
  expect([
    duration(0.25, 'en'),
    duration(2.34, 'en'),
    duration(75, 'en'),
    duration(7300, 'en'),
  ]).toEqual(['250 ms', '2.3 s', '1 min 15 s', '2 h 1 min'])
  expect([ago(at(0), Date.parse(at(5)), 'en'), ago(at(0), Date.parse(at(7200)), 'es')]).toEqual([
    '5 seconds ago',
    'hace 2 horas',
  ])
})

test('a file name in a header is taken whole', () => {
  expect(nameIn("inline; filename*=UTF-8''Stra%C3%9Fe%20%C3%A1.txt")).toBe('Straße á.txt')
  expect(nameIn(null)).toBeNull()
})

test('an image keeps its link as long as that is good', () => {
  const shown = (url: string, expires: number) =>
    lasting(
      'f',
      page({ image: { url, expires_at: at(expires), width_px: 1, height_px: 1 } }),
      Date.parse(at(0)),
    )!.url
  expect([shown('first', 900), shown('second', 900)]).toEqual(['first', 'first'])
  expect(
    lasting(
      'f',
      page({ image: { url: 'third', expires_at: at(1800), width_px: 1, height_px: 1 } }),
      Date.parse(at(890)),
    )!.url,
  ).toBe('third')
})

test('the language is the one that was chosen, else the browser’s, else English', () => {
  expect([
    preferred('es', ['en']),
    preferred(null, ['fr', 'es-MX']),
    preferred(null, ['fr']),
  ]).toEqual(['es', 'es', 'en'])
})

test('both languages say everything, and nothing twice by mistake', () => {
  const keys = (text: object): string[] =>
    Object.entries(text).flatMap(([key, value]) =>
      typeof value === 'object' && !Array.isArray(value)
        ? keys(value).map((inner) => `${key}.${inner}`)
        : [key],
    )
  expect(keys(es)).toEqual(keys(en))
})

const today = (hour: number, minute: number) => new Date(new Date().setHours(hour, minute, 0, 0))
const wait = (code: string, files: number | null = null) => ({
  waiting: {
    code,
    detail: 'it says: insufficient quota',
    since: today(14, 2).toISOString(),
    files,
  },
})

test('what waits says since when and for what, with the server’s own words, in both languages', () => {
  expect(waitWords({ waiting: null }, 'en')).toBeNull()
  expect(waitWords(wait('model_limits_rate'), 'en')).toMatch(
    /^Waits since 0?2:02.PM: The model takes no more .*\(it says: insufficient quota\)$/,
  )
  expect(waitWords(wait('model_limits_rate'), 'es')).toBe(
    'Espera desde 14:02: El modelo no acepta más peticiones por ahora. (it says: insufficient quota)',
  )
  expect(waitWords(wait('not_now'), 'es')).toBe('Espera desde 14:02: it says: insufficient quota')
  expect(waitWords(wait('a_code_of_later'), 'es')).toBe(
    'Espera desde 14:02: it says: insufficient quota',
  )
})

test('a file behind others says behind how many', () => {
  expect(waitWords(wait('behind_files', 3), 'en')).toMatch(/^Behind 3 files of yours since 0?2:02/)
  expect(waitWords(wait('behind_files', 1), 'es')).toBe('Detrás de 1 archivo tuyo desde 14:02')
})

test('a moment of another day is told with its date', () => {
  const now = today(15, 0).getTime()
  expect(clock(today(14, 2).toISOString(), now, 'es')).toBe('14:02')
  expect(clock(new Date(2025, 0, 31, 14, 2).toISOString(), now, 'es')).toMatch(/2025.*14:02/)
})

test('sixty seconds are a minute', () => {
  expect([59.4, 59.6, 3599].map((old) => ago(at(0), Date.parse(at(old)), 'en'))).toEqual([
    '59 seconds ago',
    '1 minute ago',
    '1 hour ago',
  ])
})

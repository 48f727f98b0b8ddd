// @vitest-environment node
import { deflateSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { countOf, firstOf } from '../src/file/pageNumbers'
import { countPages, look, lookAll, type Seen } from '../src/upload/look'

const TREE = `%PDF-1.4
1 0 obj << /Type /Catalog /Pages 2 0 R /Outlines 9 0 R >> endobj
9 0 obj << /Type /Outlines /Count 400 >> endobj
2 0 obj << /Kids [3 0 R 4 0 R] /Resources << /Font << /F1 5 0 R >> >> /Count 57 /Type/Pages >> endobj
3 0 obj << /Type /Pages /Parent 2 0 R /Count 30 /Kids [] >> endobj
6 0 obj << /Type /Page /Parent 3 0 R >> endobj
`
const trailer = (more = '') => `trailer << /Root 1 0 R ${more}>>\nstartxref\n0\n%%EOF\n`

const named = (content: BlobPart, name = 'a.pdf') => new File([content], name)

/** A PDF whose objects lie packed in a stream, as those of most programs do. */
function packed(objects: string, end = '\nendstream'): Uint8Array<ArrayBuffer> {
  const data = deflateSync(Buffer.from(objects, 'latin1'))
  const head = `%PDF-1.5\n7 0 obj << /Type /ObjStm /N 2 /First 10 /Filter /FlateDecode /Length ${data.length} >>\nstream\r\n`
  return new Uint8Array(
    Buffer.concat([Buffer.from(head), data, Buffer.from(`${end} endobj\n${trailer()}`)]),
  )
}

test('pages are counted by the root of their tree, and not by an outline', async () => {
  expect(await look(named(TREE + trailer()), true)).toEqual({ pages: 57, locked: false })
})

test('pages are counted where the tree lies packed in a stream', async () => {
  const objects =
    '2 0 3 60 << /Type /Pages /Kids [3 0 R] /Count 12 >> << /Type /Outlines /Count 90 >>'
  expect(await look(named(packed(objects)), true)).toEqual({ pages: 12, locked: false })
})

test('what is broken or a bomb is of an unknown number of pages, and no failure', async () => {
  const broken = packed('<< /Type /Pages /Count 12 >>')
  broken.set([1, 2, 3, 4], broken.indexOf(0x9c))
  expect((await look(named(broken), true)).pages).toBeNull()
  expect(await countPages('/Type /Pages /Count')).toBeNull()
  expect(await countPages('%PDF << /Type /ObjStm >> stream')).toBeNull()
  const bomb = packed(' '.repeat(60_000_000) + '<< /Type /Pages /Count 12 >>')
  expect((await look(named(bomb), true)).pages).toBeNull()
})

test('a PDF that may need a password is told by its end or its beginning', async () => {
  const locked = named(TREE + trailer('/Encrypt 8 0 R '))
  expect(await look(locked, false)).toEqual({ pages: null, locked: true })
  const beginning = named(`%PDF-1.5\n<< /Type /XRef /Encrypt << /V 5 >> >>\n${' '.repeat(200_000)}`)
  expect((await look(beginning, false)).locked).toBe(true)
  expect((await look(named(TREE + trailer('/EncryptMetadata true ')), false)).locked).toBe(false)
})

test('an image is a page, and of what may hold several, or is unknown, nobody knows how many', async () => {
  const pagesOf = async (head: string, name: string) =>
    (await look(named(Buffer.from(head, 'latin1'), name), true)).pages
  expect(await pagesOf('\xff\xd8\xff\xe0', 'a.jpg')).toBe(1)
  expect(await pagesOf('\x89PNG\r\n\x1a\n', 'a')).toBe(1)
  expect(await pagesOf('II*\0', 'a.TIFF')).toBeNull()
  expect(await pagesOf('anything', 'a.pdf')).toBeNull()
})

test('a PDF may have a kilobyte of something else before it', async () => {
  const late = (bytes: number) => named(' '.repeat(bytes) + TREE + trailer('/Encrypt 8 0 R '))
  expect(await look(late(1024), true)).toEqual({ pages: 57, locked: true })
  expect(await look(late(1025), true)).toEqual({ pages: null, locked: false })
})

test('a count that lies elsewhere is not known', async () => {
  expect(await countPages('<< /Type /Pages /Count 12 0 R >>')).toBeNull()
  expect(await countPages('<< /Type /Pages /Count 12 /Kids [3 0 R] >>')).toBe(12)
})

test('of a dictionary that never ends no more is looked at than its surroundings', async () => {
  const endless = `<< /Count 7 ${' '.repeat(70_000)}/Type /Pages /Count 5 ${' '.repeat(70_000)}/Count 9`
  expect(await countPages(endless)).toBe(5)
})

test('of many files two are looked into at a time, and one that fails is not known', async () => {
  let [open, most] = [0, 0]
  const lookAt = async ({ name }: File): Promise<Seen> => {
    most = Math.max(most, ++open)
    await new Promise((resolve) => setTimeout(resolve))
    open--
    if (name === '3') throw new Error('gone from the disk')
    return { pages: Number(name), locked: true }
  }
  const files = Array.from({ length: 7 }, (_, at) => named('x', String(at)))
  const seen = await lookAll(files, true, lookAt)
  expect(seen.map(({ pages }) => pages)).toEqual([0, 1, 2, null, 4, 5, 6])
  expect([seen[3]!.locked, most]).toEqual([false, 2])
})

test('a selection means so many pages, of a document that has no more', () => {
  expect(countOf('', 57)).toBe(57)
  expect(countOf('', null)).toBeNull()
  expect(countOf('1-3,3,7', null)).toBe(4)
  expect(countOf('50-70,99', 57)).toBe(8)
})

test('a selection begins with its lowest page, and a document with its first', () => {
  expect([null, '', '3-7', '9,4-5,11'].map(firstOf)).toEqual([1, 1, 3, 4])
})

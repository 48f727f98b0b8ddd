/** What a browser can tell of a document before it is sent: how many pages it has, and whether it is locked. */

export interface Seen {
  /** Null where that is not known without opening it. */
  pages: number | null
  /** Whether it may need a password. */
  locked: boolean
}

/** A larger file is not taken into memory for it; that it is locked is said at its end, or its beginning. */
const MOST_BYTES = 32 * 1024 * 1024
const ENDS = 64 * 1024
/** Bytes of anything may stand before a PDF, as in Acrobat. */
const HEADER_WITHIN = 1024
/** A dictionary whose end is farther away is taken as far as that. */
const FAR = 64 * 1024
/** Of objects that lie packed in a PDF; more than these are bombs. */
const MOST_UNPACKED = 8 * 1024 * 1024
const MOST_STREAMS = 2000

const PDF = '%PDF-'
const ENCRYPTED = /\/Encrypt\s*(?:<<|\d+\s+\d+\s+R)/
const PAGES = /\/Type\s*\/Pages(?![A-Za-z])/g
const COUNT = /\/Count\s+(\d{1,7})(?!\d|\s+\d+\s+R)/
const PACKED = /\/Type\s*\/ObjStm(?![A-Za-z])/g
/** How images begin that are one page each: JPEG, PNG, GIF and BMP. Others may hold several. */
const ONE_PAGE = /^(?:\xff\xd8\xff|\x89PNG\r\n\x1a\n|GIF8[79]a|BM)/

/** Looks into a document; its pages, which takes longer, are counted where that is wanted. */
export async function look(file: File, counts: boolean): Promise<Seen> {
  const head = await textOf(file.slice(0, HEADER_WITHIN + PDF.length))
  if (!head.includes(PDF)) return { pages: ONE_PAGE.test(head) ? 1 : null, locked: false }
  const [start, end] = [file.slice(0, ENDS), file.slice(Math.max(0, file.size - ENDS))]
  const locked = ENCRYPTED.test((await textOf(start)) + '\n' + (await textOf(end)))
  const counted = counts && file.size <= MOST_BYTES
  return { pages: counted ? await countPages(await textOf(file)) : null, locked }
}

/** So many files are looked into at once: each may be taken into memory whole. */
const AT_ONCE = 2

/** Looks into documents, a few at a time; what cannot be read here fails where it is sent, with the
 * reason. */
export async function lookAll(
  files: File[],
  counts: boolean,
  lookAt: typeof look = look,
): Promise<Seen[]> {
  const seen: Seen[] = []
  const left = files.entries()
  const some = async () => {
    for (const [at, file] of left)
      seen[at] = await lookAt(file, counts).catch(() => ({ pages: null, locked: false }))
  }
  await Promise.all(Array.from({ length: AT_ONCE }, some))
  return seen
}

/** How many pages the tree of a PDF's pages says it has: its root counts most. */
export async function countPages(pdf: string): Promise<number | null> {
  let most = largest(pdf)
  let streams = 0
  for (const { index } of pdf.matchAll(PACKED)) {
    if (++streams > MOST_STREAMS) break
    most = Math.max(most, largest(await unpacked(pdf, index)))
  }
  return most || null
}

function largest(text: string): number {
  let most = 0
  for (const { index } of text.matchAll(PAGES)) {
    const from = Math.max(0, index - FAR)
    const count = dictionaryAround(text.slice(from, index + FAR), index - from).match(COUNT)?.[1]
    most = Math.max(most, Number(count ?? 0))
  }
  return most
}

/** The dictionary in which a place lies, with what lies in it. */
function dictionaryAround(text: string, place: number): string {
  let [start, depth] = [place, 1]
  while (start > 0 && depth > 0) {
    const [open, close] = [text.lastIndexOf('<<', start - 2), text.lastIndexOf('>>', start - 2)]
    start = Math.max(open, close)
    depth += start < 0 ? -depth : close > open ? 1 : -1
  }
  let [end, within] = [place, 1]
  while (end < text.length && within > 0) {
    const [open, close] = [text.indexOf('<<', end), text.indexOf('>>', end)]
    if (close < 0) return text.slice(Math.max(0, start))
    within += open >= 0 && open < close ? 1 : -1
    end = (open >= 0 && open < close ? open : close) + 2
  }
  return text.slice(Math.max(0, start), end)
}

/** The objects that lie in a stream; none if it is packed in another way, or broken, or locked. */
async function unpacked(pdf: string, place: number): Promise<string> {
  const head = pdf.indexOf('stream', place)
  const end = pdf.indexOf('endstream', head)
  if (head < 0 || end < 0) return ''
  const begin = head + 6 + (pdf[head + 6] === '\r' ? 2 : 1)
  const bytes = Uint8Array.from(pdf.slice(begin, end), (one) => one.charCodeAt(0))
  const packed = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate'))
  return readUpTo(packed.getReader())
}

/** What could be unpacked, also where something after its end, such as a line break, is none of it. */
async function readUpTo(reader: ReadableStreamDefaultReader<Uint8Array>): Promise<string> {
  let text = ''
  try {
    for (let some = await reader.read(); !some.done; some = await reader.read()) {
      text += latin1(some.value)
      if (text.length > MOST_UNPACKED) {
        await reader.cancel()
        break
      }
    }
  } catch {
    // it is no stream of this kind, or goes on behind its end
  }
  return text
}

const textOf = async (part: Blob) => latin1(new Uint8Array(await part.arrayBuffer()))

/** A character for each byte; what browsers call latin1 is windows-1252, which has others for some. */
function latin1(bytes: Uint8Array): string {
  const parts: string[] = []
  for (let at = 0; at < bytes.length; at += 8192)
    parts.push(String.fromCharCode(...bytes.subarray(at, at + 8192)))
  return parts.join('')
}

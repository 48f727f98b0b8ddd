import type { LectorFile, Page } from '../api/client'

export type Step = 'upload' | 'open' | 'waitImage' | 'draw' | 'waitModel' | 'read' | 'failed'

/** A stretch of time on the way of a file or page; seconds since the file was announced, or retried. */
export interface Bar {
  step: Step
  start: number
  end: number
}

export interface Lane {
  /** The page's number; null for the file itself. */
  page: number | null
  again: boolean
  bars: Bar[]
}

const FAILED_S = 0.02

/** How often something was begun: a restore from a backup adds 1,000 to a file's generation. */
const readings = (generation: number) => generation % 1000

/** When the reading began that a retry has asked for, of a file that was retried. */
export function retriedAt({ generation, begun_at }: LectorFile): string | null {
  return readings(generation) > 1 ? begun_at : null
}

/**
 * The way of a file and of each of its pages; what still goes on ends now. Of a file that was
 * retried, that is since then: how long pages waited before is known no more.
 */
export function lanes(file: LectorFile, all: Page[], now: number): Lane[] {
  const retried = retriedAt(file)
  const zero = Date.parse(retried ?? file.created_at)
  const at = (time: string | null) => (time === null ? null : (Date.parse(time) - zero) / 1000)
  const pages =
    retried === null
      ? all
      : all.filter((page) => readings(page.generation) === readings(file.generation))
  const end = (now - zero) / 1000
  const ofFile = chain(
    [
      ['upload', 0, at(file.uploaded_at)],
      ['open', at(file.uploaded_at), at(file.opened_at)],
    ],
    end,
  )
  return [
    { page: null, again: false, bars: ofFile },
    ...pages.map((page) => ({
      page: page.number,
      again: page.versions > 1 || page.generation > 1 || (page.attempts ?? 1) > 1,
      bars: barsOf(page, at, end),
    })),
  ]
}

function barsOf(page: Page, at: (time: string | null) => number | null, now: number): Bar[] {
  const rendered = at(page.rendered_at)
  const drawing =
    rendered === null ? null : Math.max(at(page.created_at)!, rendered - (page.render_s ?? 0))
  const finished = at(page.finished_at)
  const failed = page.status === 'failed' ? finished : null
  // Of what a person wrote, that is when he did, which may be days later.
  const byReader = page.status === 'read' && page.provenance !== 'person'
  const reading = byReader ? at(page.reading_at) : null
  const bars = chain(
    [
      ['waitImage', at(page.created_at), drawing ?? failed],
      ['draw', drawing, rendered],
      ['waitModel', rendered, reading ?? finished],
      ['read', reading, reading === null ? null : finished],
    ],
    page.status === 'pending' || page.status === 'rendered' ? now : null,
  )
  return failed === null
    ? bars
    : [...bars, { step: 'failed', start: failed, end: failed + FAILED_S }]
}

/**
 * Bars that begin; one without an end goes on until `now`, if anything goes on at all. What was over
 * at 0 is left out, and what went on then begins there.
 */
function chain(steps: [Step, number | null, number | null][], now: number | null): Bar[] {
  return steps.flatMap(([step, begin, end]) => {
    const until = end ?? now
    if (begin === null || until === null) return []
    const start = Math.max(0, begin)
    return until < start ? [] : [{ step, start, end: until }]
  })
}

export interface Summary {
  pages: number
  seconds: number
  /** How many pages were read by the model at once, at the most. */
  most: number
  longest: { page: number; seconds: number } | null
}

export function summary(all: Lane[]): Summary {
  const pages = all.filter((lane) => lane.page !== null)
  const reads = pages.flatMap((lane) => lane.bars.filter((bar) => bar.step === 'read'))
  const waits = pages.flatMap((lane) =>
    lane.bars
      .filter((bar) => bar.step.startsWith('wait'))
      .map((bar) => ({ page: lane.page!, seconds: bar.end - bar.start })),
  )
  const ends = all.flatMap((lane) => lane.bars.map((bar) => bar.end))
  return {
    pages: pages.length,
    seconds: Math.max(0, ...ends),
    most: atOnce(reads),
    longest: waits.reduce<Summary['longest']>(
      (a, b) => (a && a.seconds >= b.seconds ? a : b),
      null,
    ),
  }
}

/** How many of some bars overlap, at the most. */
export function atOnce(bars: Bar[]): number {
  const changes = bars.flatMap((bar): [number, number][] => [
    [bar.start, 1],
    [bar.end, -1],
  ])
  changes.sort(([a, x], [b, y]) => a - b || x - y)
  let now = 0
  return changes.reduce((most, [, change]) => Math.max(most, (now += change)), 0)
}

/** Round seconds for the marks of an axis: about one each 110 px. */
export function ticks(seconds: number, width: number): number[] {
  const rough = seconds / Math.max(1, width / 110)
  const power = 10 ** Math.floor(Math.log10(Math.max(rough, 1e-3)))
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((one) => one >= rough)!
  return Array.from({ length: Math.floor(seconds / step) + 1 }, (_, index) => index * step)
}

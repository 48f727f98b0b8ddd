import type { CloudEvent } from '../api/live'
import { MEANINGS } from '../text/eventWords'

/** An event as the page knows it; what only the server's history tells is missing while it is fresh. */
export type ShownEvent = CloudEvent & { file_name?: string; published_at?: string | null }

/** What becomes of an event: the first that follows from it, and after how many seconds. */
export interface Outcome {
  type: string
  seconds: number
}

/** Which types follow from one, once those whom it wakes have done their work. */
const FOLLOW: Record<string, string[]> = {
  'lector.file.uploaded': [
    'lector.pages.requested',
    'lector.page.registered', // of its first page, which is drawn as soon as it is opened
    'lector.pages.extracted',
    'lector.file.completed',
    'lector.file.failed',
  ],
  'lector.pages.requested': [
    'lector.page.registered',
    'lector.pages.extracted',
    'lector.page.read',
    'lector.page.failed',
  ],
  'lector.pages.extracted': ['lector.page.read', 'lector.page.registered', 'lector.page.failed'],
  'lector.page.registered': ['lector.page.read', 'lector.page.failed'],
  'lector.verification.requested': ['lector.page.verified'],
}

export const producer = ({ source }: Pick<CloudEvent, 'source'>) => source.split('/').at(-1)!

const pagesOf = ({ data }: CloudEvent) =>
  data.pageNumber === undefined ? (data.pageNumbers ?? []) : [data.pageNumber]

/** What followed from each event, by its id, as far as these events tell: same file, pages, generation. */
export function outcomes(events: readonly ShownEvent[]): Map<string, Outcome> {
  const inOrder = [...events].sort((a, b) => Date.parse(a.time) - Date.parse(b.time))
  const waiting = new Map<string, ShownEvent[]>()
  const found = new Map<string, Outcome>()
  for (const event of inOrder) {
    for (const type of answered(event)) {
      const key = `${event.subject} ${type}`
      const causes = waiting.get(key) ?? []
      const answers = causes.filter((cause) => fits(cause, event))
      for (const cause of answers) {
        const seconds = (Date.parse(event.time) - Date.parse(cause.time)) / 1000
        found.set(cause.id, { type: event.type, seconds })
      }
      waiting.set(
        key,
        causes.filter((cause) => !answers.includes(cause)),
      )
    }
    if (event.type in FOLLOW) {
      const key = `${event.subject} ${event.type}`
      waiting.set(key, [...(waiting.get(key) ?? []), event])
    }
  }
  return found
}

/** Which types an event may have followed from. */
const answered = ({ type }: CloudEvent) =>
  Object.keys(FOLLOW).filter((cause) => FOLLOW[cause]!.includes(type))

function fits(cause: CloudEvent, event: CloudEvent): boolean {
  if (cause.data.generation !== event.data.generation) return false
  const pages = pagesOf(cause)
  return !pages.length || pagesOf(event).some((page) => pages.includes(page))
}

/** Fresh events and those of the server's history, which are both without gaps, each once, the newest first. */
export function merged(
  fresh: readonly ShownEvent[],
  past: readonly ShownEvent[],
  { type, file }: { type: string; file: string },
): ShownEvent[] {
  const wanted = fresh.filter(
    (event) => (!type || event.type === type) && (!file || event.subject === file),
  )
  const known = new Set(past.map((event) => event.id))
  const isKnown = ({ id }: ShownEvent) => known.has(id)
  const first = wanted.findIndex(isKnown)
  const newer = wanted.slice(wanted.findLastIndex(isKnown) + 1)
  // A history that was asked for anew may begin with some that came after the first fresh ones.
  const older = wanted.slice(0, Math.max(0, first))
  return [...newer.reverse(), ...past, ...older.reverse()]
}

/** What is known of a function: for how many events it has yet to be heard of, and when it last was. */
export interface Activity {
  underWay: number
  heardAt: string | null
}

const ENDED = /^lector\.(file\.(completed|failed|cancelled)|files\.deleted)$/

/** What these events, the newest first, tell of each function; an ended file leaves nothing under way. */
export function activity(events: readonly ShownEvent[]): Map<string, Activity> {
  const became = outcomes(events)
  const ended = new Set<string>()
  const found = new Map<string, Activity>()
  const of = (name: string) => found.get(name) ?? { underWay: 0, heardAt: null }
  const hear = (name: string, time: string) => {
    const known = of(name)
    if (known.heardAt === null || Date.parse(time) > Date.parse(known.heardAt))
      found.set(name, { ...known, heardAt: time })
  }
  for (const event of events) {
    const taker = MEANINGS[event.type]?.wakes[0]
    const outcome = became.get(event.id)
    hear(producer(event), event.time)
    if (ENDED.test(event.type)) ended.add(event.subject)
    if (!taker || !(event.type in FOLLOW)) continue
    const answeredAt = Date.parse(event.time) + (outcome?.seconds ?? 0) * 1000
    if (outcome) hear(taker, new Date(answeredAt).toISOString())
    else if (!ended.has(event.subject))
      found.set(taker, { ...of(taker), underWay: of(taker).underWay + 1 })
  }
  return found
}

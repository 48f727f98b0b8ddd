import { expect, test } from 'vitest'
import { activity, merged, outcomes, type ShownEvent } from '../src/events/way'

let ids = 0

/** An event of a file, so many seconds after the first. */
function event(
  type: string,
  second: number,
  data: ShownEvent['data'] = {},
  subject = 'a file',
): ShownEvent {
  const time = new Date(1_790_000_000_000 + second * 1000).toISOString()
  const source = '/lector/register'
  return {
    id: `event ${ids++}`,
    type: `lector.${type}`,
    source,
    subject,
    time,
    data: { generation: 1, ...data },
  }
}

test('what became of a range of pages is the first of its own pages, not of another range', () => {
  const first = event('pages.requested', 0, { pageNumbers: [1, 2] })
  const second = event('pages.requested', 1, { pageNumbers: [3, 4] })
  const registered = [4, 2].map((pageNumber, n) => event('page.registered', 3 + n, { pageNumber }))
  const found = outcomes([first, second, ...registered].reverse())
  expect(found.get(first.id)).toEqual({ type: 'lector.page.registered', seconds: 4 })
  expect(found.get(second.id)).toEqual({ type: 'lector.page.registered', seconds: 2 })
})

test('an event of another file, or of a retry, is no answer', () => {
  const asked = event('page.registered', 0, { pageNumber: 1 })
  const others = [
    event('page.read', 1, { pageNumber: 1 }, 'another file'),
    event('page.read', 2, { pageNumber: 1, generation: 2 }),
  ]
  expect(outcomes([asked, ...others]).size).toBe(0)
})

test('each event is shown once, fresh ones first, and only those that are wanted', () => {
  const past = [event('page.read', 2), event('file.uploaded', 0)]
  const fresh = [past[0]!, event('page.read', 3), event('file.completed', 4)]
  expect(merged(fresh, past, { type: '', file: '' })).toEqual([fresh[2], fresh[1], ...past])
  const onlyRead = { type: 'lector.page.read', file: 'a file' }
  expect(merged(fresh, [past[0]!], onlyRead)).toEqual([fresh[1], past[0]])
  expect(merged(fresh, [], { type: '', file: 'another file' })).toEqual([])
})

test('a history that was asked for anew stands where it belongs among fresh events', () => {
  const all = Array.from({ length: 6 }, (_, second) => event('page.read', second))
  const newestFirst = all.toReversed()
  expect(merged(all, newestFirst.slice(1, 3), { type: '', file: '' })).toEqual(newestFirst)
})

test('what nothing followed from yet is under way, until its file has ended', () => {
  const answered = [
    event('page.registered', 0, { pageNumber: 1 }),
    event('page.read', 5, { pageNumber: 1 }),
  ]
  const waits = event('page.registered', 1, { pageNumber: 2 })
  const before = activity([...answered, waits].reverse())
  expect(before.get('llm')).toEqual({ underWay: 1, heardAt: answered[1]!.time })
  const cancelled = event('file.cancelled', 6)
  expect(activity([...answered, waits, cancelled].reverse()).get('llm')?.underWay).toBe(0)
})

test('render, which announces nothing itself, was heard of when what it had taken was answered', () => {
  const asked = event('pages.requested', 0, { pageNumbers: [1] })
  const drawn = event('page.registered', 2, { pageNumber: 1 })
  const heard = activity([drawn, asked])
  expect(heard.get('render')).toEqual({ underWay: 0, heardAt: drawn.time })
  expect(heard.get('llm')).toEqual({ underWay: 1, heardAt: null })
})

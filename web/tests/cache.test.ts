import { QueryClient, QueryObserver } from '@tanstack/react-query'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { ApiError, type LectorFile } from '../src/api/client'
import type { CloudEvent } from '../src/api/live'
import { listening } from '../src/app/Live'
import { EVERYTHING } from '../src/files/filter'

const file = (id: string, status = 'reading') => ({ id, status, name: 'a.pdf' }) as LectorFile
const event = (type: string, data = {}) => ({ type, subject: 'f', data }) as CloudEvent
const LIST = ['files', EVERYTHING]

let client: QueryClient
let cache: ReturnType<typeof listening>
const shown = () =>
  client
    .getQueryData<{ pages: { files: LectorFile[] }[] }>(LIST)!
    .pages.flatMap((page) => page.files.map((one) => `${one.id} ${one.status}`))
const isStale = (key: unknown[]) => client.getQueryState(key)!.isInvalidated

beforeEach(() => {
  vi.useFakeTimers()
  client = new QueryClient()
  cache = listening(client)
  client.setQueryData(LIST, { pages: [{ files: [file('f')], next: null }], pageParams: [null] })
  client.setQueryData(['file', 'f'], file('f'))
  client.setQueryData(['pages', 'f', 'all'], [])
  client.setQueryData(['page', 'f', 2, ''], {})
  client.setQueryData(['page', 'f', 3, ''], {})
})

afterEach(() => {
  cache.stop()
  vi.useRealTimers()
})

test('a file as it is now is shown wherever it stands', () => {
  cache.file(file('f', 'completed'))
  cache.file(file('g'))
  expect(shown()).toEqual(['g reading', 'f completed'])
  expect(client.getQueryData(['file', 'f'])).toMatchObject({ status: 'completed' })
})

test('a file that is gone leaves the list and takes its pages along', () => {
  cache.gone('f')
  expect(shown()).toEqual([])
  expect(client.getQueryData(['pages', 'f', 'all'])).toBeUndefined()
})

test('many events of pages are one question', async () => {
  const asked = vi.spyOn(client, 'invalidateQueries')
  for (let number = 10; number < 30; number++) cache.event(event('lector.page.registered', {}))
  await vi.advanceTimersByTimeAsync(1500)
  expect(asked).toHaveBeenCalledOnce()
  expect(isStale(['pages', 'f', 'all'])).toBe(true)
})

test('what happens to a page concerns no other', () => {
  cache.event(event('lector.page.read', { pageNumber: 2 }))
  expect([isStale(['page', 'f', 2, '']), isStale(['page', 'f', 3, ''])]).toEqual([true, false])
})

/** A question whose answers come when they are let: each is the file in a state. */
function asking(key: unknown[]) {
  const open: ((status: string) => void)[] = []
  const queryFn = () =>
    new Promise((resolve) =>
      open.push((status) => resolve({ pages: [{ files: [file('f', status)], next: null }] })),
    )
  const observer = new QueryObserver(client, { queryKey: key, queryFn })
  const leave = observer.subscribe(() => {})
  return { open, leave }
}

test('an answer of before is not left over what the stream has told', async () => {
  const { open, leave } = asking(LIST)
  await vi.advanceTimersByTimeAsync(0)
  cache.file(file('f', 'completed'))
  open[0]!('reading')
  await vi.advanceTimersByTimeAsync(1500)
  expect(open).toHaveLength(2)
  open[1]!('completed')
  await vi.advanceTimersByTimeAsync(5000)
  expect(shown()).toEqual(['f completed'])
  expect(open).toHaveLength(2)
  leave()
})

test('an answer that takes long is waited for before it is asked for again', async () => {
  client.removeQueries({ queryKey: LIST })
  const { open, leave } = asking(LIST)
  await vi.advanceTimersByTimeAsync(0)
  cache.reset()
  await vi.advanceTimersByTimeAsync(10_000)
  expect(open).toHaveLength(1)
  open[0]!('reading')
  await vi.advanceTimersByTimeAsync(1500)
  expect(open).toHaveLength(2)
  leave()
})

test('where something was missed, everything is asked anew', () => {
  cache.reset()
  expect([isStale(LIST), isStale(['page', 'f', 3, ''])]).toEqual([true, true])
})

test.each([
  [0, 2],
  [503, 2],
  [404, 1],
])('what failed with %i is asked %i times when Lector is there again', async (status, times) => {
  const queryFn = vi.fn(() => Promise.reject(new ApiError(status, 'unexpected', '')))
  const observer = new QueryObserver(client, { queryKey: ['other'], queryFn, retry: false })
  const leave = observer.subscribe(() => {})
  await vi.advanceTimersByTimeAsync(10)
  cache.recover()
  await vi.advanceTimersByTimeAsync(10)
  expect(queryFn).toHaveBeenCalledTimes(times)
  leave()
})

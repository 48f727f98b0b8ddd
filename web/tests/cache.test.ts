import { QueryClient } from '@tanstack/react-query'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { LectorFile } from '../src/api/client'
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

test('where something was missed, everything is asked anew', () => {
  cache.reset()
  expect([isStale(LIST), isStale(['page', 'f', 3, ''])]).toEqual([true, true])
})

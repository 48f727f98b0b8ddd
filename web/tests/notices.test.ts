import { QueryClient } from '@tanstack/react-query'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { LectorFile } from '../src/api/client'
import { isNotified, notify } from '../src/app/notifications'
import { endedFiles, noticeOf } from '../src/app/Notifier'
import { en } from '../src/text/en'
import { es } from '../src/text/es'

const file = (name: string, status: string, read: number, failed = 0, doubted = 0) =>
  ({ id: name, name, status, progress: { read, failed, doubted } }) as LectorFile

test('a file that is done is told of by its name, with what came of its pages', () => {
  expect(noticeOf([file('a.pdf', 'completed', 12, 0, 2)], en.notices)).toEqual({
    title: 'a.pdf is read',
    body: '12 pages read, 2 to check',
  })
  expect(noticeOf([file('a.pdf', 'failed', 0)], en.notices).title).toBe('a.pdf could not be read')
})

test('files that are done together are told of together', () => {
  const files = [file('a.pdf', 'completed', 1), file('b.pdf', 'incomplete', 3, 1)]
  expect(noticeOf(files, es.notices)).toEqual({
    title: '2 archivos están listos',
    body: '4 páginas leídas, 1 fallida',
  })
})

test('of files that have ended, only those that the stream has not told of are asked for', async () => {
  const asked: string[] = []
  vi.stubGlobal('fetch', async ({ url }: Request) => {
    const id = new URL(url).pathname.split('/').at(-1)!
    asked.push(id)
    if (id === 'gone') return Response.json({ code: 'no_such_file', detail: '' }, { status: 404 })
    return Response.json(file(id, 'completed', 1))
  })
  const client = new QueryClient()
  client.setQueryData(['file', 'told'], file('told', 'completed', 3))
  client.setQueryData(['file', 'before'], file('before', 'reading', 2))
  const files = await endedFiles(client, ['told', 'before', 'gone', 'new'])
  expect(files.map(({ name, progress }) => [name, progress.read])).toEqual([
    ['told', 3],
    ['before', 1],
    ['new', 1],
  ])
  expect(asked).toEqual(['before', 'gone', 'new'])
})

/** A browser that answers so, and whose notices are shown, or cannot be. */
function browser(permission: NotificationPermission, shows: () => void) {
  class Notification {
    static permission = permission
    static requestPermission = async () => permission
    constructor(readonly title: string) {
      shows()
    }
  }
  vi.stubGlobal('Notification', Notification)
}

beforeEach(() => {
  vi.stubGlobal('isSecureContext', true)
  localStorage.clear()
})
afterEach(() => void vi.unstubAllGlobals())

test('notices are switched on by showing one, and stay off where that cannot be', async () => {
  browser('granted', () => {})
  expect([await notify('on'), isNotified()]).toEqual([null, true])
  browser('granted', () => {
    throw new TypeError('Illegal constructor')
  })
  expect([await notify('on'), isNotified()]).toEqual(['unable', false])
})

test('that the browser does not allow notices is said', async () => {
  const shows = vi.fn()
  browser('denied', shows)
  expect([await notify('on'), isNotified()]).toEqual(['denied', false])
  expect(shows).not.toHaveBeenCalled()
})

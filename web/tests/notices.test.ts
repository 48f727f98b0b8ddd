import { expect, test } from 'vitest'
import type { LectorFile } from '../src/api/client'
import { noticeOf } from '../src/app/Notifier'
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

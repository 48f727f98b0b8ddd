import { expect, test } from 'vitest'
import type { LectorFile } from '../src/api/client'
import { withFile, withoutFile, type Filter } from '../src/api/lists'

const ALL: Filter = {
  status: [],
  doubted: false,
  look: false,
  name: '',
  folder: '',
  sort: 'newest',
}
const file = (id: string, status = 'reading', name = 'a.pdf') =>
  ({ id, status, name }) as LectorFile
const lists = (...pages: LectorFile[][]) => ({
  pages: pages.map((files) => ({ files, next: null })),
  pageParams: pages.map(() => null),
})
const ids = (shown: ReturnType<typeof lists> | null) =>
  shown?.pages.map((page) => page.files.map((one) => one.id))

test('a file that changed changes where it stands', () => {
  const changed = withFile(lists([file('3'), file('2')], [file('1')]), ALL, file('1', 'completed'))
  expect(changed?.pages[1]?.files[0]?.status).toBe('completed')
  expect(ids(changed)).toEqual([['3', '2'], ['1']])
})

test('a new file comes first where the newest do', () => {
  expect(ids(withFile(lists([file('2')]), ALL, file('3')))).toEqual([['3', '2']])
  expect(ids(withFile(lists([]), ALL, file('3')))).toEqual([['3']])
})

test('where a file belongs in another order, only asking again tells', () => {
  expect(withFile(lists([file('2')]), { ...ALL, sort: 'name' }, file('3'))).toBeNull()
  expect(withFile(lists([file('2')]), ALL, file('1'))).toBeNull()
})

test('a file that no longer fits a filter leaves the list, and one that never did stays out', () => {
  const failed: Filter = { ...ALL, status: ['failed'] }
  expect(ids(withFile(lists([file('1', 'failed')]), failed, file('1', 'reading')))).toEqual([[]])
  expect(ids(withFile(lists([file('1', 'failed')]), failed, file('2')))).toEqual([['1']])
  expect(ids(withFile(lists([]), { ...ALL, name: 'REP' }, file('2', 'reading', 'report')))).toEqual(
    [['2']],
  )
})

test('of files to look at only those are shown that have such pages', () => {
  const toLookAt: Filter = { ...ALL, doubted: true }
  const doubted = (count: number) =>
    ({ ...file('1', 'completed'), progress: { doubted: count } }) as LectorFile
  expect(ids(withFile(lists([]), toLookAt, doubted(2)))).toEqual([['1']])
  expect(ids(withFile(lists([doubted(2)]), toLookAt, doubted(0)))).toEqual([[]])
})

test('a file that is gone is nowhere', () => {
  expect(ids(withoutFile(lists([file('2')], [file('1')]), '1'))).toEqual([['2'], []])
})

test('a folder is what lies in it and below it, and nothing that is only called alike', () => {
  const letters: Filter = { ...ALL, folder: 'letters' }
  const at = (folder: string | null) => ({ ...file('1'), folder }) as LectorFile
  const isListed = (folder: string | null) => ids(withFile(lists([]), letters, at(folder)))
  for (const folder of ['letters', 'letters/2026']) expect(isListed(folder)).toEqual([['1']])
  for (const folder of ['letters2', 'old/letters', null]) expect(isListed(folder)).toEqual([[]])
})

test('a file needs a look if it has pages to check, or failed pages, or failed', () => {
  const look: Filter = { ...ALL, look: true }
  const isListed = (status: string, doubted: number) =>
    ids(withFile(lists([]), look, { ...file('1', status), progress: { doubted } } as LectorFile))
  for (const [status, doubted] of [
    ['failed', 0],
    ['incomplete', 0],
    ['completed', 1],
  ] as const)
    expect(isListed(status, doubted)).toEqual([['1']])
  expect(isListed('completed', 0)).toEqual([[]])
})

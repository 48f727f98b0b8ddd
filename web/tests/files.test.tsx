import { FluentProvider, webLightTheme } from '@fluentui/react-components'
import { act } from 'react'
import { createRoot } from 'react-dom/client'
import { MemoryRouter } from 'react-router'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { LectorFile } from '../src/api/client'
import { FileTable } from '../src/files/FileTable'
import { useSelection } from '../src/files/selection'
import { secondsLeft } from '../src/files/left'
import { stateOf } from '../src/shared/Status'
import { TextProvider } from '../src/text'

const ADDED = Date.UTC(2026, 0, 1, 12, 0, 37)

function file(changes: Partial<LectorFile>): LectorFile {
  return {
    id: '1',
    name: 'a.pdf',
    size_bytes: 1000,
    generation: 1,
    opened_at: null,
    waiting: null,
    status: 'completed',
    created_at: new Date(ADDED).toISOString(),
    begun_at: null,
    finished_at: new Date(ADDED + 2000).toISOString(),
    error: null,
    progress: { total: 1, read: 1, failed: 0, doubted: 0 },
    usage: { prompt_tokens: null, completion_tokens: null, cost_usd: null },
    ...changes,
  } as LectorFile
}

const Listed = ({ files }: { files: LectorFile[] }) => <FileTable files={files} selection={null} />

/** Which files are selected. */
let selected: string[] = []

function Selectable({ files }: { files: LectorFile[] }) {
  const selection = useSelection(files.map(({ id }) => id))
  selected = selection.ids
  return <FileTable files={files} selection={selection} />
}

/** A list of these files. */
function shown(files: LectorFile[], List = Listed): HTMLElement {
  const place = document.body.appendChild(document.createElement('div'))
  act(() => {
    createRoot(place).render(
      <MemoryRouter>
        <FluentProvider theme={webLightTheme}>
          <TextProvider>
            <List files={files} />
          </TextProvider>
        </FluentProvider>
      </MemoryRouter>,
    )
  })
  return place
}

/** The column "Added" of a list with this file, as time passes. */
function added(changes: Partial<LectorFile> = {}): () => string | null | undefined {
  const place = shown([file(changes)])
  return () => place.querySelector('time')?.textContent
}

beforeEach(() => {
  vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true)
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
  vi.unstubAllGlobals()
})

test('every column has a name, also that of the menus', () => {
  const heads = [...shown([file({})]).querySelectorAll('th')]
  expect(heads.map((one) => one.textContent)).not.toContain('')
  expect(heads.at(-1)!.textContent).toBe('Actions')
})

test('a file that is a minute old is said to be so, whatever the clock shows', () => {
  vi.setSystemTime(ADDED + 63_000)
  expect(added()()).toBe('1 minute ago')
})

test('a file that was added just now grows older while nobody does anything', () => {
  vi.setSystemTime(ADDED + 5000)
  const said = added()
  expect(said()).toBe('5 seconds ago')
  act(() => vi.advanceTimersByTime(60_000))
  expect(said()).toBe('1 minute ago')
})

test('a file that is being read is as old as it is each second', () => {
  vi.setSystemTime(ADDED + 5000)
  const said = added({ finished_at: null, status: 'reading' })
  act(() => vi.advanceTimersByTime(18_000))
  expect(said()).toBe('23 seconds ago')
})

test('a file from a clock that is ahead was added now', () => {
  vi.setSystemTime(ADDED - 20_000)
  expect(added()()).toBe('now')
})

test('of ten thousand files only those in sight are drawn, and how many there are is said', () => {
  // jsdom measures nothing; each row is as high as a list of one line has them
  vi.spyOn(HTMLElement.prototype, 'offsetHeight', 'get').mockReturnValue(41)
  const files = Array.from({ length: 10_000 }, (_, n) => file({ id: String(n), name: `${n}.pdf` }))
  const place = shown(files)
  const rows = place.querySelectorAll('tbody tr[aria-rowindex]')
  expect(rows.length).toBeGreaterThan(10)
  expect(rows.length).toBeLessThan(100)
  expect(rows[0]?.textContent).toContain('0.pdf')
  expect(place.querySelector('table')?.getAttribute('aria-rowcount')).toBe('10001')
  vi.restoreAllMocks()
})

test('Shift selects all up to a row, in a box and around it, also in Firefox', () => {
  vi.spyOn(HTMLElement.prototype, 'offsetHeight', 'get').mockReturnValue(41)
  const files = ['1', '2', '3', '4'].map((id) => file({ id }))
  const labels = shown(files, Selectable).querySelectorAll('td label')
  const press = (at: number, shiftKey = false) => {
    const click = new MouseEvent('click', { bubbles: true, cancelable: true, shiftKey })
    // Firefox's labels let clicks with Shift be
    const isLeft = (event: Event) => shiftKey && event.preventDefault()
    addEventListener('click', isLeft, { once: true })
    act(() => void labels[at]!.dispatchEvent(click))
    removeEventListener('click', isLeft)
  }
  press(1)
  expect(selected).toEqual(['2'])
  press(3, true)
  expect(selected).toEqual(['2', '3', '4'])
  press(3)
  expect(selected).toEqual(['2', '3'])
  act(() => labels[0]!.querySelector('input')!.click())
  expect(selected).toEqual(['1', '2', '3'])
  vi.restoreAllMocks()
})

test.each([
  ['uploaded', null, 'uploaded'],
  ['reading', null, 'reading'],
  ['reading', 'behind_files', 'uploaded'],
  ['reading', 'budget_used_up', 'waiting'],
  ['uploaded', 'model_unreachable', 'waiting'],
] as const)('a file that is %s and waits for %s is shown as %s', (status, code, expected) => {
  const waiting = code && { code, detail: '', since: null, files: null }
  expect(stateOf({ status, waiting })).toBe(expected)
})

const reading = (changes: Partial<LectorFile> = {}, read = 10) =>
  file({
    status: 'reading',
    opened_at: new Date(ADDED).toISOString(),
    finished_at: null,
    progress: { total: 40, read, failed: 0, doubted: 0 } as LectorFile['progress'],
    ...changes,
  })

test('what is left of a file takes as long as what is read of it did', () => {
  expect(secondsLeft(reading(), ADDED + 20_000)).toBe(60)
})

test.each([
  ['waits', reading({ waiting: { code: 'not_now', detail: '', since: null, files: null } })],
  ['was begun again', reading({ generation: 2 })],
  ['has hardly been read', reading({}, 2)],
  ['is read', reading({ status: 'completed' }, 40)],
])('nobody knows how long a file takes that %s', (_, one) => {
  expect(secondsLeft(one, ADDED + 20_000)).toBeNull()
})

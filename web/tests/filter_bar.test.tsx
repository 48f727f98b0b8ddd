import { FluentProvider, webLightTheme } from '@fluentui/react-components'
import { QueryClientProvider } from '@tanstack/react-query'
import { act } from 'react'
import { createRoot } from 'react-dom/client'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { newClient } from '../src/api/cache'
import type { Filter } from '../src/api/lists'
import { EVERYTHING } from '../src/files/filter'
import { FilterBar } from '../src/files/FilterBar'
import '../src/files/FolderMenu'
import { TextProvider } from '../src/text'

beforeEach(() => void vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true))
afterEach(() => {
  document.body.replaceChildren()
  localStorage.clear()
  vi.unstubAllGlobals()
})

async function shown(change: (filter: Filter) => void, filter = EVERYTHING): Promise<HTMLElement> {
  const client = newClient()
  const place = document.body.appendChild(document.createElement('div'))
  await act(async () =>
    createRoot(place).render(
      <QueryClientProvider client={client}>
        <FluentProvider theme={webLightTheme}>
          <TextProvider>
            <FilterBar filter={filter} change={change} />
          </TextProvider>
        </FluentProvider>
      </QueryClientProvider>,
    ),
  )
  return place
}

test.each([
  ['en', 'To check', 'doubt', 'To check or failed', 'failed'],
  ['es', 'Por revisar', 'dudas', 'Por revisar o fallidos', 'fallid'],
])(
  'pages to check, and what failed besides, are filters of their own (%s)',
  async (language, toCheck, doubt, orFailed, failed) => {
    localStorage.setItem('lector-language', language)
    const chosen: Partial<Filter>[] = []
    const place = await shown((filter) => chosen.push(filter))
    const [check, any] = [toCheck, orFailed].map((words) =>
      [...place.querySelectorAll('button')].find((one) => one.textContent === words)!,
    )
    expect(check!.title).toContain(doubt)
    expect(check!.title).not.toContain(failed)
    expect(any!.title).toContain(failed)
    act(() => (check!.click(), any!.click()))
    expect(chosen).toMatchObject([
      { doubted: true, look: false },
      { doubted: false, look: true },
    ])
  },
)

/** What the menu of folders offers, after somebody opened it. */
async function offered(place: HTMLElement): Promise<HTMLElement[]> {
  const button = place.querySelector<HTMLElement>('button[aria-haspopup=menu]')!
  const items = () => [...document.querySelectorAll<HTMLElement>('[role=menuitem]')]
  await act(async () => button.click())
  await vi.waitFor(async () => {
    await act(() => new Promise((done) => setTimeout(done, 50)))
    expect(items()).not.toEqual([])
  }, 4000)
  return items()
}

test('folders below the one that is shown are offered with their files', async () => {
  const asked: string[] = []
  const folders = [
    { folder: 'letters/2025', files: 1 },
    { folder: 'letters/2026', files: 1200 },
    { folder: 'letters/old', files: 100_000 },
  ]
  vi.stubGlobal('fetch', async ({ url }: Request) => {
    asked.push(url)
    return Response.json({ folders, is_whole: true })
  })
  const chosen: Filter[] = []
  const filter = { ...EVERYTHING, name: 'a', folder: 'letters' }
  const place = await shown((wanted) => chosen.push(wanted), filter)
  expect(asked).toEqual([])
  const items = await offered(place)
  expect(new URL(asked[0]!).search).toBe('?folder=letters')
  expect(items.map((one) => one.textContent)).toEqual([
    '20251 file',
    '20261,200 files',
    'old100,000 files or more',
  ])
  await act(async () => items[1]!.click())
  expect(chosen).toEqual([{ ...filter, folder: 'letters/2026' }])
  expect(document.querySelector('[role=menu]')).toBe(null)
  expect(document.activeElement?.getAttribute('aria-label')).toBe('Show a folder')
})

test.each([
  [{ folders: [], is_whole: true }, ['There are no folders here']],
  [
    { folders: [{ folder: 'a', files: 2 }], is_whole: false },
    ['a2 files', 'There are more, which are not shown'],
  ],
])('what the menu of folders does not have is said', async (answer, words) => {
  vi.stubGlobal('fetch', async () => Response.json(answer))
  const items = await offered(await shown(() => {}))
  expect(items.map((one) => one.textContent)).toEqual(words)
})

test('the button of the menu of folders closes it, also with a finger', async () => {
  vi.stubGlobal('fetch', async () => Response.json({ folders: [], is_whole: true }))
  const place = await shown(() => {})
  await offered(place)
  const button = place.querySelector<HTMLElement>('button[aria-haspopup=menu]')!
  await act(async () => button.dispatchEvent(new Event('touchstart', { bubbles: true })))
  await act(async () => button.click())
  expect(button.getAttribute('aria-expanded')).toBe('false')
  expect(document.activeElement).toBe(button)
  expect(document.querySelector('[role=menu]')).toBe(null)
})

test('that folders cannot be had is said at once, and until somebody asks again', async () => {
  let asked = 0
  vi.stubGlobal('fetch', async () => {
    asked += 1
    throw new TypeError('Failed to fetch')
  })
  const place = await shown(() => {})
  await act(async () => place.querySelector<HTMLElement>('button[aria-haspopup=menu]')!.click())
  const popup = () => document.querySelector('[role=dialog]')
  await act(() => vi.waitFor(() => expect(popup()).toBeTruthy()))
  expect(popup()!.textContent).not.toContain('by itself')
  let answer = (_: Response) => {}
  vi.stubGlobal('fetch', () => new Promise((resolve) => (answer = resolve)))
  const again = [...popup()!.querySelectorAll('button')].at(-1)!
  again.focus()
  await act(async () => again.click())
  expect(popup()!.contains(document.activeElement)).toBe(true)
  expect(asked).toBe(1)
  await act(async () => answer(Response.json({ folders: [], is_whole: true })))
  await act(() => vi.waitFor(() => expect(document.querySelector('[role=menu]')).toBeTruthy()))
})

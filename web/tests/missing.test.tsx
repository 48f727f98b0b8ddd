import { FluentProvider, webLightTheme } from '@fluentui/react-components'
import { QueryClient, QueryClientProvider, type QueryKey } from '@tanstack/react-query'
import { act } from 'react'
import { createRoot } from 'react-dom/client'
import { MemoryRouter, Route, Routes } from 'react-router'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import CheckPage from '../src/check/CheckPage'
import FilePage from '../src/file/FilePage'
import ReadingPage from '../src/reading/ReadingPage'
import { TextProvider } from '../src/text'

class Observer {
  observe() {}
  unobserve() {}
  disconnect() {}
}

beforeEach(() => {
  vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true)
  vi.stubGlobal('ResizeObserver', Observer)
  vi.stubGlobal('IntersectionObserver', Observer)
})
afterEach(() => {
  isAway = false
  document.body.replaceChildren()
  localStorage.clear()
  vi.unstubAllGlobals()
})

const FILE = { id: 'known', name: 'deed.pdf', page_count: 2 }
const NONE = { pages: [], count: 0, next: null }

/** The API of a Lector with one file, of which no page is known. */
let isAway = false

function answer({ url }: Request): Response {
  if (isAway) throw new TypeError('Failed to fetch')
  const { pathname } = new URL(url)
  if (pathname === '/v1/doubted-pages') return Response.json(NONE)
  if (pathname === '/v1/files/known') return Response.json(FILE)
  const code = pathname.includes('/pages/') ? 'no_such_page' : 'no_such_file'
  return Response.json({ code, detail: 'there is none' }, { status: 404 })
}

async function shown(address: string, known: [QueryKey, object][] = []): Promise<HTMLElement> {
  vi.stubGlobal('fetch', async (request: Request) => answer(request))
  const client = new QueryClient({ defaultOptions: { queries: { retry: false } } })
  for (const [key, data] of known) client.setQueryData(key, data)
  const place = document.body.appendChild(document.createElement('div'))
  await act(async () =>
    createRoot(place).render(
      <QueryClientProvider client={client}>
        <MemoryRouter initialEntries={[address]}>
          <FluentProvider theme={webLightTheme}>
            <TextProvider>
              <Routes>
                <Route path="/files/:id" element={<FilePage />} />
                <Route path="/files/:id/pages/:number" element={<ReadingPage />} />
                <Route path="/check/:id/:number" element={<CheckPage />} />
              </Routes>
            </TextProvider>
          </FluentProvider>
        </MemoryRouter>
      </QueryClientProvider>,
    ),
  )
  await act(() => vi.waitFor(() => expect(place.querySelector('[role=alert]')).toBeTruthy()))
  return place
}

test.each([
  ['en', '/files/unknown', 'No such file', '/'],
  ['en', '/files/unknown/pages/1', 'No such file', '/'],
  ['en', '/files/known/pages/9', 'No such page', '/files/known'],
  ['en', '/check/unknown/1', 'No such file', '/'],
  ['en', '/check/known/9', 'No such page', '/'],
  ['es', '/files/unknown', 'No existe este archivo', '/'],
  ['es', '/files/known/pages/9', 'No existe esta página', '/files/known'],
])('where nothing is, one heading says so, and a link leads on (%s %s)', async (...row) => {
  const [language, address, heading, link] = row
  localStorage.setItem('lector-language', language)
  const place = await shown(address)
  expect([...place.querySelectorAll('h1')].map((one) => one.textContent)).toEqual([heading])
  expect(place.querySelector('a')?.getAttribute('href')).toBe(link)
  expect(document.title).toBe(`${heading} · Lector`)
})

test.each(['/files/known/pages/abc', '/check/known/abc'])(
  'an address without a number is no page, also while Lector is away (%s)',
  async (address) => {
    isAway = true
    const list = { pages: [NONE], pageParams: [null] }
    const place = await shown(address, [[['doubted'], list]])
    expect(place.querySelector('h1')!.textContent).toBe('No such page')
  },
)

const PAGE = {
  ...{ number: 1, status: 'read', version: 1, versions: 1, text: 'the deed', provenance: 'model' },
  ...{
    verification: null,
    words: [],
    missing: [],
    doubts: [],
    highlights: [],
    image: null,
    error: null,
  },
}

const READ = {
  ...{ status: 'completed', progress: {}, usage: { cost_usd: null }, warnings: [] },
  ...{ size_bytes: 7, spent_usd: null, max_cost_usd: null, folder: null, delete_at: null },
  ...{ begun_at: null, finished_at: null, keep_days: null },
}

/** What was answered before: a file, its page, and that there are pages to check. */
const before = (id: string): [QueryKey, object][] => [
  [['file', id], { ...FILE, ...READ }],
  [['page', id, 1, ''], PAGE],
  [['doubted'], { pages: [{ ...NONE, next: 'more' }], pageParams: [null] }],
]

test.each(['/files/known/pages/1', '/check/known/1'])(
  'what is there stays while Lector is away, and that is said (%s)',
  async (address) => {
    isAway = true
    const place = await shown(address, before('known'))
    expect(place.querySelector('h1')!.textContent).toContain('deed.pdf')
    expect(place.textContent).toContain('the deed')
    expect(place.querySelector('[role=alert]')!.textContent).toContain('cannot be reached')
  },
)

test('a file that is there stays while Lector is away, and that is said', async () => {
  isAway = true
  const place = await shown('/files/known', before('known'))
  expect(place.querySelector('h1')!.textContent).toContain('deed.pdf')
  expect(place.querySelector('[role=alert]')!.textContent).toContain('cannot be reached')
})

test.each(['/files/unknown', '/files/unknown/pages/1', '/check/unknown/1'])(
  'what is gone does not stay (%s)',
  async (address) => {
    const place = await shown(address, before('unknown'))
    expect(place.querySelector('h1')!.textContent).toBe('No such file')
  },
)

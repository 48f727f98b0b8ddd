import { FluentProvider, webLightTheme } from '@fluentui/react-components'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { act } from 'react'
import { createRoot } from 'react-dom/client'
import { MemoryRouter } from 'react-router'
import { afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import type { LectorFile } from '../src/api/client'
import { WholeText } from '../src/file/WholeText'
import { TextProvider } from '../src/text'

const TEXTS = ['# Quays\n\n| Quay | Lamps |\n| --- | --- |\n| Alder | 34 |', 'plain 🙂 words']

beforeAll(async () => {
  await import('../src/reading/rendered/RenderedText')
}, 60_000)
beforeEach(() => {
  vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true)
  const text = TEXTS.join('\f')
  const first = { number: 1, start: 0, end: TEXTS[0]!.length, provenance: 'model', doubts: [] }
  const second = { ...first, number: 2, start: first.end + 1, end: [...text].length }
  vi.stubGlobal('fetch', async () => Response.json({ text, pages: [first, second] }))
  // jsdom has none: all is in sight
  const Observer = class {
    constructor(private found: (entries: { isIntersecting: boolean }[]) => void) {}
    observe() {
      this.found([{ isIntersecting: true }])
    }
    disconnect() {}
  }
  vi.stubGlobal('IntersectionObserver', Observer)
})
afterEach(() => {
  localStorage.clear()
  vi.unstubAllGlobals()
})

async function shown(): Promise<HTMLElement> {
  const place = document.body.appendChild(document.createElement('div'))
  const file = { id: 'f', progress: { read: 2 } } as LectorFile
  await act(async () =>
    createRoot(place).render(
      <MemoryRouter>
        <QueryClientProvider client={new QueryClient()}>
          <FluentProvider theme={webLightTheme}>
            <TextProvider>
              <WholeText file={file} />
            </TextProvider>
          </FluentProvider>
        </QueryClientProvider>
      </MemoryRouter>,
    ),
  )
  return place
}

test('the text of a file is drawn as each of its pages is, and its source can be shown', async () => {
  vi.stubGlobal(
    'Request',
    class extends Request {
      constructor(url: string) {
        super(new URL(url, 'http://localhost'))
      }
    },
  )
  const place = await shown()
  vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', false) // what is waited for is drawn by itself
  await vi.waitFor(() => expect(place.querySelector('table')).toBeTruthy(), 4_000)
  vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true)
  expect(place.querySelector('#page-1 h3')!.textContent).toBe('Quays')
  expect(place.querySelector('#page-2 pre')!.textContent).toBe('plain 🙂 words')
  const source = [...place.querySelectorAll('button')].find((one) => one.textContent === 'Source')!
  await act(async () => source.click())
  expect(place.querySelector('table')).toBeNull()
  expect(place.querySelector('#page-1 pre')!.textContent).toBe(TEXTS[0])
})

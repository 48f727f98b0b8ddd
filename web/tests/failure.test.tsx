import { FluentProvider, webLightTheme } from '@fluentui/react-components'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { act } from 'react'
import { createRoot } from 'react-dom/client'
import { MemoryRouter } from 'react-router'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { LectorFile } from '../src/api/client'
import { Failure } from '../src/file/Failure'
import { TextProvider } from '../src/text'

beforeEach(() => void vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true))
afterEach(() => void vi.unstubAllGlobals())

const UPLOADED = '2026-01-01T00:00:00Z'

/** What is said of a file whose pages failed for these reasons. */
async function said(codes: string[], uploaded_at: string | null = UPLOADED): Promise<string> {
  const pages = codes.map((error_code, n) => ({ number: n + 1, error_code, error: 'no' }))
  vi.stubGlobal('fetch', async () => Response.json({ pages, next: null }))
  const error_code = codes.length ? 'pages_failed' : 'file_missing'
  const file = { id: 'f', status: 'failed', error: 'no', error_code, uploaded_at } as LectorFile
  const place = document.body.appendChild(document.createElement('div'))
  const client = new QueryClient()
  await act(async () =>
    createRoot(place).render(
      <MemoryRouter>
        <QueryClientProvider client={client}>
          <FluentProvider theme={webLightTheme}>
            <TextProvider>
              <Failure file={file} />
            </TextProvider>
          </FluentProvider>
        </QueryClientProvider>
      </MemoryRouter>,
    ),
  )
  await act(async () => {
    await vi.waitFor(() => expect(client.isFetching()).toBe(0), 4_000)
    await new Promise((told) => setTimeout(told, 50)) // whoever has asked
  })
  return place.textContent ?? ''
}

test('to retry is advised where it may help one of the pages, and nowhere else', async () => {
  const advice = 'Retry reads them once more.'
  expect(await said(['page_unrenderable', 'timed_out'])).toContain(advice)
  const lasting = await said(['page_unrenderable', 'page_too_large'])
  expect(lasting).toContain('Each page below tells why.')
  expect(lasting).not.toContain(advice)
})

test('the original of a file that was never kept is not offered', async () => {
  expect(await said([], UPLOADED)).toContain('Get the original')
  expect(await said([], null)).not.toContain('Get the original')
})

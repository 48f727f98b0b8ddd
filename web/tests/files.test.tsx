import { FluentProvider, webLightTheme } from '@fluentui/react-components'
import { act } from 'react'
import { createRoot } from 'react-dom/client'
import { MemoryRouter } from 'react-router'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { LectorFile } from '../src/api/client'
import { FileTable } from '../src/files/FileTable'
import { TextProvider } from '../src/text'

const ADDED = Date.UTC(2026, 0, 1, 12, 0, 37)

function file(changes: Partial<LectorFile>): LectorFile {
  return {
    id: '1',
    name: 'a.pdf',
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

/** The column "Added" of a list with this file, as time passes. */
function added(changes: Partial<LectorFile> = {}): () => string | null | undefined {
  const place = document.body.appendChild(document.createElement('div'))
  act(() => {
    createRoot(place).render(
      <MemoryRouter>
        <FluentProvider theme={webLightTheme}>
          <TextProvider>
            <FileTable files={[file(changes)]} selection={null} />
          </TextProvider>
        </FluentProvider>
      </MemoryRouter>,
    )
  })
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

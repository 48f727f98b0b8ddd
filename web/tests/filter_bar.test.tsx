import { FluentProvider, webLightTheme } from '@fluentui/react-components'
import { act } from 'react'
import { createRoot } from 'react-dom/client'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Filter } from '../src/api/lists'
import { EVERYTHING } from '../src/files/filter'
import { FilterBar } from '../src/files/FilterBar'
import { TextProvider } from '../src/text'

beforeEach(() => void vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true))
afterEach(() => {
  document.body.replaceChildren()
  localStorage.clear()
  vi.unstubAllGlobals()
})

async function shown(change: (filter: Filter) => void): Promise<HTMLElement> {
  const place = document.body.appendChild(document.createElement('div'))
  await act(async () =>
    createRoot(place).render(
      <FluentProvider theme={webLightTheme}>
        <TextProvider>
          <FilterBar filter={EVERYTHING} change={change} />
        </TextProvider>
      </FluentProvider>,
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

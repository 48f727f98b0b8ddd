import { FluentProvider, webLightTheme } from '@fluentui/react-components'
import { act, type ReactNode } from 'react'
import { createRoot } from 'react-dom/client'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { NothingFound, RankedNewest } from '../src/search/SearchPage'
import { languages, paramsOf, wantedOf } from '../src/search/wanted'
import { TextProvider } from '../src/text'

beforeEach(() => vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true))
afterEach(() => {
  vi.unstubAllGlobals()
  localStorage.clear()
})

function shown(content: ReactNode): HTMLElement {
  const place = document.body.appendChild(document.createElement('div'))
  act(() => {
    createRoot(place).render(
      <FluentProvider theme={webLightTheme}>
        <TextProvider>{content}</TextProvider>
      </FluentProvider>,
    )
  })
  return place
}

test('what is searched for, and where, stands in the address', () => {
  const wanted = { q: 'a b', language: 'es', since: '2026-01-02', until: '' }
  expect(paramsOf(wanted).toString()).toBe('q=a+b&language=es&since=2026-01-02')
  expect(wantedOf(paramsOf(wanted))).toEqual(wanted)
})

test('languages have the names that they have in the language of the page', () => {
  expect(languages('en')).toContainEqual(['es', 'Spanish'])
  expect(languages('es')).toContainEqual(['es', 'español'])
  expect(languages('en').map(([, name]) => name)).toEqual(
    languages('en')
      .map(([, name]) => name)
      .sort(),
  )
})

test('where nothing is found, what may have been meant is searched for with one click', () => {
  const search = vi.fn()
  const place = shown(<NothingFound q="lihgt" meant="light" search={search} />)
  expect(place.textContent).toContain('Did you mean')
  act(() => place.querySelector('button')!.click())
  expect(search).toHaveBeenCalledWith('light')
})

test('where nothing is near, nothing is offered', () => {
  const place = shown(<NothingFound q="lihgt" meant={null} search={vi.fn()} />)
  expect(place.querySelector('button')).toBeNull()
})

test('that only the newest matches are ranked is said, in the language of the page', () => {
  expect(shown(<RankedNewest count={null} />).textContent).toBe('')
  expect(shown(<RankedNewest count={2000} />).textContent).toContain('the newest 2000')
  localStorage.setItem('lector-language', 'es')
  expect(shown(<RankedNewest count={2000} />).textContent).toContain('2000 más recientes')
})

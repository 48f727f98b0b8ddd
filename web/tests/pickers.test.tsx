import { FluentProvider, webLightTheme } from '@fluentui/react-components'
import { QueryClient, QueryClientProvider } from '@tanstack/react-query'
import { act, useState } from 'react'
import { createRoot } from 'react-dom/client'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Reader } from '../src/api/client'
import { TextProvider } from '../src/text'
import { WishFields } from '../src/upload/WishFields'
import type { Before, Wishes } from '../src/upload/wishes'

const reader = (name: string, more: Partial<Reader>) =>
  ({
    name,
    model: null,
    models: [],
    languages: null,
    ready: true,
    default: false,
    ...more,
  }) as Reader
const honours = { prompt: true, describe: true, language: true }
const READERS = [
  reader('tesseract', { default: true, languages: ['en', 'es'], honours }),
  reader('vision', { models: ['small', 'large'], honours }),
]

beforeEach(() => void vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true))
afterEach(() => {
  document.body.replaceChildren()
  vi.unstubAllGlobals()
})

/** The fields, what is wished by them, and how somebody chooses. */
async function shown(before?: Before) {
  const client = new QueryClient({ defaultOptions: { queries: { staleTime: Infinity } } })
  client.setQueryData(['readers'], { readers: READERS })
  let wished: Wishes = {}
  const Fields = () => {
    const [wishes, change] = useState<Wishes>({})
    wished = wishes
    return <WishFields wishes={wishes} change={change} usual={null} before={before} />
  }
  const place = document.body.appendChild(document.createElement('div'))
  await act(async () =>
    createRoot(place).render(
      <QueryClientProvider client={client}>
        <FluentProvider theme={webLightTheme}>
          <TextProvider>
            <Fields />
          </TextProvider>
        </FluentProvider>
      </QueryClientProvider>,
    ),
  )
  const labelled = (label: string) => {
    const { htmlFor } = [...place.querySelectorAll('label')].find(
      ({ textContent }) => textContent === label,
    )!
    return document.getElementById(htmlFor) as HTMLSelectElement
  }
  const choose = (label: string, value: string) =>
    act(async () => {
      const select = labelled(label)
      select.value = value
      select.dispatchEvent(new Event('change', { bubbles: true }))
    })
  const options = (label: string) => [...labelled(label).options].map(({ text }) => text)
  const code = () => place.querySelector<HTMLInputElement>('[aria-label="Code of the language"]')
  return { choose, options, code, labelled, wished: () => wished }
}

test('where pages are read again, what is kept is named, and offered as its reader has it', async () => {
  const { options } = await shown({ reader: 'vision', model: 'large' })
  expect(options('Reader')).toEqual(['As before: vision', 'tesseract', 'vision'])
  expect(options('Another model')).toEqual(['As before: large', 'small', 'large'])
  expect(options('Language')).toContain('Another one, by its code…')
})

test('where files are added, the reader that is set up is named', async () => {
  const { options } = await shown()
  expect(options('Reader')[0]).toBe('As set up: tesseract')
  expect(options('Language')).toEqual(['Detected automatically', 'English', 'Spanish'])
})

test('a code of a language is typed only for a reader that takes any, in a field of its own', async () => {
  const { choose, code, labelled, wished } = await shown()
  await choose('Reader', 'vision')
  await choose('Language', 'other')
  expect(code()).toBeTruthy()
  expect(code()!.id).not.toBe(labelled('Language').id)
  await choose('Reader', 'tesseract')
  expect(code()).toBeNull()
  expect(wished().language).toBeNull()
})

test('a model goes with its reader when another one is chosen', async () => {
  const { choose, wished } = await shown()
  await choose('Reader', 'vision')
  await choose('Another model', 'large')
  expect(wished().model).toBe('large')
  await choose('Reader', '')
  expect(wished().model).toBeNull()
})

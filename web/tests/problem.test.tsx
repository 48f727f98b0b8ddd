import { FluentProvider, webLightTheme } from '@fluentui/react-components'
import { act } from 'react'
import { createRoot } from 'react-dom/client'
import { afterEach, expect, test, vi } from 'vitest'
import { asked } from '../src/api/client'
import { Problem } from '../src/shared/States'
import { TextProvider } from '../src/text'

const TRACE = '0af7651916cd43dd8448eb211c80319c'

/** What the page says when the API answers so. */
async function words(status: number): Promise<string | null> {
  const body = JSON.stringify({ code: 'unexpected', detail: 'something broke' })
  const answer = () =>
    Promise.resolve(new Response(body, { status, headers: { 'X-Trace-Id': TRACE } }))
  vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true)
  vi.stubGlobal('fetch', answer)
  const error = await asked('http://localhost/v1/files').catch((thrown) => thrown)
  const place = document.body.appendChild(document.createElement('div'))
  act(() => {
    createRoot(place).render(
      <FluentProvider theme={webLightTheme}>
        <TextProvider>
          <Problem error={error} />
        </TextProvider>
      </FluentProvider>,
    )
  })
  return place.textContent
}

afterEach(() => vi.unstubAllGlobals())

test('what broke in the server is shown with the id by which its log tells more', async () => {
  expect(await words(500)).toContain(TRACE)
})

test('what was refused for a reason is shown without', async () => {
  expect(await words(403)).not.toContain(TRACE)
})

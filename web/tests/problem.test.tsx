import { FluentProvider, webLightTheme } from '@fluentui/react-components'
import { act } from 'react'
import { createRoot } from 'react-dom/client'
import { afterEach, expect, test, vi } from 'vitest'
import { asked } from '../src/api/client'
import { Problem } from '../src/shared/States'
import { TextProvider } from '../src/text'

const TRACE = '0af7651916cd43dd8448eb211c80319c'

/** What the page says when the API answers so. */
async function words(status: number, code = 'unexpected'): Promise<string | null> {
  const body = JSON.stringify({ code, detail: 'something broke' })
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
          <Problem error={error} again={() => {}} />
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

test.each([503, 409, 429])(
  'what may be otherwise a moment later, as %i, is offered again',
  async (status) => {
    expect(await words(status)).toContain('Try again')
  },
)

test.each([400, 403, 404])('what stays as it is, as %i, is not', async (status) => {
  expect(await words(status)).not.toContain('Try again')
})

test('an address that is none is told to people, not to programs', async () => {
  expect(await words(400, 'malformed_id')).toContain('There is no file at this address.')
})

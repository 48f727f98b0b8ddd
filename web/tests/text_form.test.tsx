import { act } from 'react'
import { createRoot } from 'react-dom/client'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { type TextForm, useTextForm } from '../src/reading/useTextForm'

const MARKED = '# One\n\n**words**'

beforeEach(() => void vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true))
afterEach(() => {
  vi.unstubAllGlobals()
  localStorage.clear()
})

/** The form in which a page's text is shown, and another page's after it. */
function shown(text: string): { form: () => TextForm; show: (text: string) => void } {
  let form: TextForm
  function Page({ text }: { text: string }) {
    form = useTextForm({ provenance: 'model' }, text)
    return null
  }
  const root = createRoot(document.createElement('div'))
  const show = (text: string) => act(() => root.render(<Page text={text} />))
  show(text)
  return { form: () => form, show }
}

test('of a page that is not drawn, its own text is copied, and not what was drawn before', () => {
  const { form, show } = shown(MARKED)
  expect(form().copied()).toBe(MARKED)
  form().drawn.current = { of: MARKED, words: 'One\n\nwords' }
  expect(form().copied()).toBe('One\n\nwords')
  show('# Two')
  expect(form().copied()).toBe('# Two')
})

test('how a text is shown is chosen only where there is a choice, and stays so', () => {
  const plain = shown('plain words')
  act(() => plain.form().change())
  const { form } = shown(MARKED)
  expect(form().isRendered).toBe(true)
  act(() => form().change())
  expect(form().isRendered).toBe(false)
  expect(form().copied()).toBe(MARKED)
  expect(shown(MARKED).form().isRendered).toBe(false)
})

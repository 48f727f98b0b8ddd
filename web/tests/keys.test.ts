import { expect, test } from 'vitest'
import { asked as askedInChecking } from '../src/check/keys'
import { askedBy } from '../src/reading/view'

/** A part of the page that is so much wider inside than it is, and what keys ask for there. */
function pane(overflowX: string, scrollWidth: number) {
  const element = document.body.appendChild(document.createElement('div'))
  element.style.overflowX = overflowX
  Object.defineProperties(element, {
    scrollWidth: { value: scrollWidth },
    clientWidth: { value: 100 },
  })
  return (key: string) => {
    let found: unknown[] = []
    const hear = (event: KeyboardEvent) => (found = [askedBy(event), askedInChecking(event)])
    addEventListener('keydown', hear, { once: true })
    element.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }))
    return found
  }
}

test('arrows are left to what can be scrolled sideways', () => {
  expect(pane('auto', 200)('ArrowRight')).toEqual([null, null])
  expect(pane('scroll', 200)('ArrowLeft')).toEqual([null, null])
  expect(pane('auto', 200)('j')).toEqual(['next', 'next'])
  expect(pane('auto', 100)('ArrowRight')).toEqual(['next', 'next'])
  expect(pane('visible', 200)('ArrowLeft')).toEqual(['previous', 'previous'])
})

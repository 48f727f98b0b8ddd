import { expect, test } from 'vitest'
import type { components } from '../client/schema'
import { blocks } from '../src/reading/blocks'
import { marksOf, pieces } from '../src/reading/highlight'
import { percent, verificationWords } from '../src/reading/verification'
import {
  beside,
  outline,
  spotAt,
  spotOfNumber,
  spotsOf,
  spotUnder,
  unturned,
} from '../src/reading/spots'

type Word = components['schemas']['Word']
type Agreement = Word['agreement']

const TEXT = '🙂 Sum of 1,234 lamps'
const BOX = [0.1, 0.1, 0.2, 0.2]

/** A word of a text by its code points, as the API has it. */
function word(text: string, of: string, agreement: Agreement, more: Partial<Word> = {}): Word {
  const start = [...text.slice(0, text.indexOf(of))].length
  const places = { boxes: [BOX], left: 0.1, top: 0.1, right: 0.2, bottom: 0.2 }
  const rest = { other: null, confidence: null, hit: false, ...places, ...more }
  return { text: of, start, end: start + [...of].length, agreement, ...rest }
}

const missing = (text: string, offset: number, box = BOX) => ({
  text,
  offset,
  box,
  confidence: null,
})

const PAGE = {
  text: TEXT,
  words: [
    word(TEXT, 'Sum', 'same'),
    word(TEXT, 'of', 'same', { boxes: [[0.3, 0.1, 0.9, 0.9]] }),
    word(TEXT, '1,234', 'near', { other: '1,284', boxes: [[0.5, 0.5, 0.6, 0.6]] }),
  ],
  missing: [missing('oil', [...TEXT].length), missing('wick', [...TEXT].length)],
}

/** A text with what differs in brackets. */
const bracketed = (page: Parameters<typeof spotsOf>[0]) =>
  pieces(page.text!, marksOf(page.text!, [], spotsOf(page), null))
    .map(({ text, spot }) => (spot ? `[${spot.kind} ${text}|${spot.other ?? ''}]` : text))
    .join('')

test('differences are marked where they are in the text, missing words where they belong', () => {
  expect(bracketed(PAGE)).toBe('🙂 Sum of [near 1,234|1,284] lamps[missing |oil wick]')
})

test('words in a row that only the text has are one difference', () => {
  const text = 'a b c, d'
  const words = [word(text, 'a', 'same'), word(text, 'b', 'alone'), word(text, 'c', 'alone')]
  const page = { text, words: [...words, word(text, 'd', 'alone')], missing: [] }
  expect(bracketed(page)).toBe('a [alone b c|], [alone d|]')
  expect(spotsOf(page).map(({ boxes }) => boxes.length)).toEqual([1, 2, 1])
})

test('several words that are one of the second reader’s are one difference', () => {
  const text = 'in to the harbor'
  const near = [word(text, 'in', 'near', { other: 'into' }), word(text, 'to', 'near')]
  const words = [
    ...near,
    word(text, 'the', 'same'),
    word(text, 'harbor', 'alone', { other: 'port' }),
  ]
  expect(bracketed({ text, words, missing: [] })).toBe('[near in to|into] the [near harbor|port]')
})

test('a difference can be a hit, too', () => {
  const marks = marksOf(TEXT, [[6, 17]], spotsOf(PAGE), null)
  expect(pieces(TEXT, marks).map(({ text, hit, spot }) => [text, hit, spot?.kind ?? null])).toEqual(
    [
      ['🙂 Sum ', false, null],
      ['of ', true, null],
      ['1,234', true, 'near'],
      [' la', true, null],
      ['mps', false, null],
      ['', false, 'missing'],
    ],
  )
})

test('a chosen word is marked though both readers agree', () => {
  const spots = spotsOf(PAGE)
  const marks = marksOf(TEXT, [], spots, spots[0]!)
  expect(pieces(TEXT, marks)[1]).toMatchObject({ text: 'Sum', start: 3, spot: { kind: 'same' } })
})

test('words that are missing around a picture are shown once', () => {
  const text = 'Before\n\n[picture]\n\nA lamp\n\n[/picture]\n\nAfter'
  const offsets = [0, 6, 10, 20, text.indexOf('[/'), text.length]
  const lost = offsets.map((offset, index) => missing(String(index), offset))
  const spots = spotsOf({ text, words: [], missing: lost })
  const cut = blocks(text, marksOf(text, [], spots, null))
  const shown = cut.map(({ pieces }) =>
    pieces.map((piece) => piece.text || `[${piece.spot!.other}]`).join(''),
  )
  expect(shown).toEqual(['[0]Before[1]', '[2]A[3] lamp', '[4]After[5]'])
})

test('a page without places has nothing to point at', () => {
  expect(spotsOf({ text: null, words: null, missing: [] })).toEqual([])
})

test('a word is found by where it is in the text and on the image', () => {
  const spots = spotsOf(PAGE)
  expect(spotAt(spots, 3)?.text).toBe('Sum')
  expect(spotAt(spots, 6)?.text).toBe('Sum')
  expect(spotAt(spots, 0)).toBe(null)
  expect(spotUnder(spots, 0.55, 0.55)?.text).toBe('1,234')
  expect(spotUnder(spots, 0.4, 0.2)?.text).toBe('of')
  expect(spotUnder(spots, 0.99, 0.99)).toBe(null)
})

test('a number that differs is found by its offset, or by its box if the text lacks it', () => {
  const spots = spotsOf(PAGE)
  const number = { text: '1,234', other: '1,284', box: null, start: 9 }
  expect(spotOfNumber(spots, TEXT, number)?.text).toBe('1,234')
  const lost = { text: null, other: '7', box: [0.5, 0.5, 0.6, 0.6], start: null }
  expect(spotOfNumber(spots, TEXT, lost)?.text).toBe('1,234')
  expect(spotOfNumber(spots, TEXT, { ...lost, box: null })).toBe(null)
})

test('one goes from difference to difference, round and round, from any word', () => {
  const spots = spotsOf(PAGE)
  const [sum, , near, lost] = spots
  const different = [near!, lost!]
  expect(beside(different, null, 1)).toBe(near)
  expect(beside(different, null, -1)).toBe(lost)
  expect(beside(different, near!, 1)).toBe(lost)
  expect(beside(different, lost!, 1)).toBe(near)
  expect(beside(different, near!, -1)).toBe(lost)
  expect(beside(different, sum!, 1)).toBe(near)
  expect(beside(different, sum!, -1)).toBe(lost)
  expect(beside([], sum!, 1)).toBe(null)
})

test('words beside each other on a line have one line around them, which crosses no letter', () => {
  const text = 'a b c'
  const lost = [
    missing('a', 5, [0.1, 0.1, 0.2, 0.116]),
    missing('b', 5, [0.21, 0.1, 0.3, 0.116]),
    missing('c', 5, [0.5, 0.1, 0.6, 0.116]),
    missing('d', 5, [0.1, 0.13, 0.2, 0.146]),
  ]
  expect(outline(spotsOf({ text, words: [], missing: lost }))).toBe(
    'M0.098 0.096H0.302V0.12H0.098Z' +
      'M0.498 0.096H0.602V0.12H0.498Z' +
      'M0.098 0.126H0.202V0.15H0.098Z',
  )
})

test.each([
  [0, [0.2, 0.1]],
  [1, [0.1, 0.8]],
  [2, [0.8, 0.9]],
  [3, [0.9, 0.2]],
])('a place on an image that was turned %i times is one on the upright image', (turns, place) => {
  const found = unturned(0.2, 0.1, turns)
  expect(found.map((share) => share.toFixed(3))).toEqual(place.map((share) => share.toFixed(3)))
})

test('twenty thousand words are cut without a wait', () => {
  const text = 'lamp '.repeat(20_000)
  const words = Array.from({ length: 20_000 }, (_, index) => ({
    ...word('lamp', 'lamp', index % 2 ? 'near' : 'same', { other: 'lamb' }),
    start: index * 5,
    end: index * 5 + 4,
  }))
  const from = performance.now()
  const spots = spotsOf({ text, words, missing: [] })
  const cut = pieces(text, marksOf(text, [], spots, null))
  expect(cut.length).toBe(20_001)
  expect(outline(spots).length).toBeGreaterThan(20_000)
  expect(performance.now() - from).toBeLessThan(3000)
})

const VERIFICATION = {
  status: 'verified' as const,
  reason: null,
  anchor: 'tesseract' as const,
  agreement: 0.9996,
  words: 2140,
  only_in_answer: 0,
  only_in_anchor: 1,
  numbers: [],
  anchor_confidence: 94,
}

test('a page says how far two readers agree, and only what is whole is 100 %', () => {
  expect(verificationWords(VERIFICATION, 'en')).toBe(
    'Two readers agree on 99.9% of their words; the second one is Tesseract.',
  )
  expect(percent(1, 'en')).toBe('100%')
  expect(percent(0.29, 'en')).toBe('29%')
})

test('a page that nobody verified says why, in the language of the page', () => {
  const not = { ...VERIFICATION, status: 'not_verified' as const, agreement: null }
  expect(verificationWords({ ...not, reason: 'no_anchor_in_time' }, 'en')).toBe(
    'Not verified: the second reader was not there in time.',
  )
  expect(verificationWords({ ...not, reason: 'switched_off' }, 'es')).toBe(
    'Sin verificar: está desactivado.',
  )
  expect(verificationWords({ ...not, reason: 'of_later' as never }, 'en')).toBe('Not verified.')
})

test('a page that cannot be judged does not seem to agree', () => {
  const unsure = { ...VERIFICATION, status: 'not_verifiable' as const }
  expect(verificationWords({ ...unsure, reason: 'anchor_unsure' }, 'en')).toBe(
    'Cannot be judged: the second reader is itself unsure of this page.',
  )
})

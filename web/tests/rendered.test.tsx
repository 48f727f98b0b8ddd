import { FluentProvider, webLightTheme } from '@fluentui/react-components'
import { act, createRef, type RefObject } from 'react'
import { createRoot } from 'react-dom/client'
import { afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { type Drawn, PageText } from '../src/reading/PageText'
import { hasFormula, isLaidOut, isMarkedUp } from '../src/reading/rendered/markup'
import { aligned } from '../src/reading/rendered/alignment'
import type { Spot } from '../src/reading/spots'
import { TextProvider } from '../src/text'

// What is fetched when it is needed is there, so that no test waits for it.
beforeAll(async () => {
  await import('../src/reading/rendered/RenderedText')
  await import('../src/reading/rendered/formulas')
}, 60_000)
beforeEach(() => void vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true))

afterEach(() => {
  vi.restoreAllMocks()
  Reflect.deleteProperty(navigator, 'clipboard')
})

interface Wishes {
  hits?: number[][]
  spots?: Spot[]
  chosen?: Spot | null
  drawn?: RefObject<Drawn | null>
  provenance?: 'model' | 'text_layer'
  choose?: (spot: Spot | null) => void
}

/** A text as it is drawn on the page. */
async function drawn(text: string, wishes: Wishes = {}): Promise<HTMLElement> {
  const place = document.body.appendChild(document.createElement('div'))
  const { hits = [], spots = [], chosen = null, choose = () => undefined } = wishes
  const words = wishes.drawn ?? createRef<Drawn>()
  const provenance = wishes.provenance ?? 'model'
  const shown = { text, provenance, hits, spots, chosen, choose, drawn: words }
  await act(async () =>
    createRoot(place).render(
      <FluentProvider theme={webLightTheme}>
        <TextProvider>
          <PageText {...shown} from={null} isRendered />
        </TextProvider>
      </FluentProvider>,
    ),
  )
  await vi.waitFor(() => expect(place.querySelector('div[data-testid=text]')).toBeTruthy(), 10_000)
  return place.querySelector<HTMLElement>('[data-testid=text]')!
}

/** Where a word is in a text, as something that two readers differ on. */
function spotOf(text: string, word: string, kind: Spot['kind'] = 'near'): Spot {
  const start = text.indexOf(word)
  const [end, other] = [kind === 'missing' ? start : start + word.length, 'other']
  return { kind, start, end, text: text.slice(start, end), other, confidence: null, boxes: [] }
}

const TABLE =
  '<table><tr><th>Item</th><th>Price</th></tr><tr><td>Lamps, brass</td><td>$1.00</td></tr></table>'

test('headings, emphasis and tables of Markdown and of HTML are drawn', async () => {
  const place = await drawn(`# Harbour *Office*\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n${TABLE}`)
  expect(place.querySelector('h3')!.textContent).toBe('Harbour Office')
  expect(place.querySelector('em')!.textContent).toBe('Office')
  expect([...place.querySelectorAll('td')].map((cell) => cell.textContent)).toEqual([
    '1',
    '2',
    'Lamps, brass',
    '$1.00',
  ])
})

test('nothing of a text runs, is fetched, or leads anywhere but to another site', async () => {
  const place = await drawn(
    [
      '# Hostile',
      '<script>window.hit = 1</script>',
      '<img src="https://evil.example/a.png" onerror="window.hit = 1">',
      '![far](https://evil.example/b.png)',
      '<svg onload="window.hit = 1"><use href="#x"/></svg>',
      '<iframe src="https://evil.example"></iframe><object data="x"></object><embed src="x">',
      '<style>body { display: none }</style><link rel="stylesheet" href="https://evil.example">',
      '<p onclick="window.hit = 1" style="position: fixed" class="x" id="root" data-at="1">p</p>',
      '<a href="javascript:window.hit = 1">one</a> [two](javascript:alert) <a href="/v1/files">three</a>',
      '[four](data:text/html,x) <a href=" jAvAsCrIpT:alert(1)">five</a> <base href="https://evil.example">',
      '<form action="https://evil.example"><input name="a"><button>b</button></form>',
      '<math><mtext><img src=x onerror=alert(1)></mtext></math>',
      '[good](https://good.example/page)',
      '$\\href{javascript:alert(1)}{six} \\includegraphics{https://evil.example/c.png}$',
    ].join('\n\n'),
  )
  const forbidden = 'script,img,svg:not(.katex svg),iframe,object,embed,style,link,base,form,input'
  expect([...place.querySelectorAll(forbidden)]).toEqual([])
  const links = [...place.querySelectorAll('a')].map((link) => link.getAttribute('href'))
  expect(links).toEqual(['https://evil.example/a.png', 'https://good.example/page'])
  const attributes = [...place.querySelectorAll('*')].flatMap((one) => [...one.attributes])
  const names = attributes.map(({ name }) => name)
  expect(names.filter((name) => name.startsWith('on') || name === 'src' || name === 'id')).toEqual(
    [],
  )
  const styles = [...place.querySelectorAll<HTMLElement>('p')].map((one) => one.style.position)
  expect(styles.filter(Boolean)).toEqual([])
  expect('hit' in window).toBe(false)
})

test('a tag that is not known is shown as it was written, and no word of the page is lost', async () => {
  const place = await drawn('**a** < b <unknown>words</unknown> <y> <script>x</script> 3<4')
  expect(place.textContent).toBe('a < b <unknown>words</unknown> <y> <script>x</script> 3<4')
})

test.each([
  'If a <b and c> d, and is <u',
  'before <!-- a note --> after',
  'before\n<!-- begun\nafter',
  'A claim[^7] and b[^8].\n[^7]: The seventh note.',
  '[^9]: A note to another page.',
  '[1]: https://good.example/page',
  'see [the list][1]',
])('what a parser would take for its own is shown as it stands: %s', async (written) => {
  const place = await drawn(`<u>Words</u>\n\n${written}`)
  expect(place.textContent).toBe(`Words${written}`)
})

test('tags with values are drawn, whatever their quotes', async () => {
  const place = await drawn(
    `<table><tr><td colspan="2" align='right'>a</td></tr><tr><td rowspan=1>b</td></tr></table>x<br/>y`,
  )
  expect([...place.querySelectorAll('td')].map((cell) => cell.colSpan)).toEqual([2, 1])
  expect(place.textContent).not.toContain('<')
})

test('an image is drawn and copied as the words for it', async () => {
  const words = createRef<Drawn>()
  const text = '**a**\n\n![Revenue by year: 3.2 M](img-0.jpeg) and $5'
  const place = await drawn(text, { drawn: words, spots: [spotOf(text, '3.2')] })
  expect(words.current?.words).toBe('a\n\nRevenue by year: 3.2 M and $5')
  expect(place.querySelector('img')).toBeNull()
  expect(place.querySelector('[title]')!.textContent).toBe('3.2')
})

test('ticks of a list are drawn and copied', async () => {
  const words = createRef<Drawn>()
  const place = await drawn('# Form\n\n- [x] Yes\n- [ ] No\n- Perhaps', { drawn: words })
  const items = [...place.querySelectorAll('li')].map((item) => item.textContent)
  expect(items).toEqual(['☑ Yes', '☐ No', 'Perhaps'])
  expect(words.current?.words).toBe('Form\n\n- ☑ Yes\n- ☐ No\n- Perhaps')
})

test('marks are where their words are, through emphasis, escapes, entities and tables', async () => {
  const text =
    '# **Total** 1\\*2 &amp; more\n\n| A | B |\n|---|---|\n| lamps | 147.00 |\n\n> said\n> twice'
  const spots = ['1\\*2', '147.00', 'twice'].map((word) => spotOf(text, word))
  const at = text.indexOf('lamps')
  const place = await drawn(text, { spots, hits: [[at, at + 5]], chosen: spots[1]! })
  const titles = [...place.querySelectorAll<HTMLElement>('[title]')].map((one) => one.textContent)
  expect(titles.join('|')).toBe('1|*2|147.00|twice')
  expect(place.querySelector('mark')!.textContent).toBe('lamps')
  expect(place.querySelector('[data-chosen]')!.textContent).toBe('147.00')
  for (const piece of place.querySelectorAll<HTMLElement>('[data-at]')) {
    const from = Number(piece.dataset.at)
    if (piece.textContent !== '&')
      expect(text.slice(from, from + piece.textContent!.length)).toBe(piece.textContent)
  }
})

test('words that are missing stand before the next word, once, and the last ones at the end', async () => {
  const text = '# One\n\n| A | B |\n|---|---|\n| 1 | 2 |\n\nthree'
  const lost = [text.indexOf('\n\n| A'), text.indexOf('2'), text.length].map(
    (start, index): Spot => {
      const other = `lost ${index}`
      return { kind: 'missing', start, end: start, text: '', other, confidence: null, boxes: [] }
    },
  )
  const place = await drawn(text, { spots: lost })
  const notes = [...place.querySelectorAll<HTMLElement>('[role=note]')]
  expect(notes.map((note) => note.dataset.missing)).toEqual(['lost 0', 'lost 1', 'lost 2'])
  expect(notes.map((note) => note.closest('h3, th, td, p')!.tagName)).toEqual(['H3', 'TD', 'P'])
})

test('a row that is longer than the first one keeps all of its cells', async () => {
  const place = await drawn('| a |\n|---|\n| 1 | two | three |')
  expect([...place.querySelectorAll('td')].map((cell) => cell.textContent)).toEqual([
    '1',
    'two',
    'three',
  ])
})

test('formulas are drawn between all signs that models write, and prices are none', async () => {
  const text =
    'It costs $5 or $10, and $x^2$ with \\(y_1\\):\n\n\\[ z = \\frac{1}{2} \\]\n\n<table><tr><td>$a+b$</td></tr></table>'
  const place = await drawn(text, { spots: [spotOf(text, 'y_1')] })
  const formulas = [...place.querySelectorAll('annotation')].map((one) => one.textContent!.trim())
  expect(formulas).toEqual(['x^2', 'y_1', 'z = \\frac{1}{2}', 'a+b'])
  expect(place.querySelectorAll('.katex-display')).toHaveLength(1)
  expect(place.textContent).toContain('It costs $5 or $10, and ')
  const marked = place.querySelector('[title]')!
  expect(marked.querySelector('annotation')!.textContent).toBe('y_1')
  expect(hasFormula('from $5 to $10, or US$ 3 and $4')).toBe(false)
})

test('a formula that cannot be drawn is shown as it was written', async () => {
  const place = await drawn('**a** $\\frac{1$ b')
  expect(place.textContent).toContain('\\frac{1')
})

test('numbers of a list stay as they were read', async () => {
  const place = await drawn('**Points**\n\n3. three\n7. seven\n')
  expect([...place.querySelectorAll('li')].map((item) => item.value)).toEqual([3, 7])
})

test('lines end where they did on the page', async () => {
  const place = await drawn('**Pier 4**\nHarbour Office')
  expect(place.querySelector('p')!.textContent).toBe('Pier 4\nHarbour Office')
})

test('what is copied as text has neither marks nor Markdown', async () => {
  const words = createRef<Drawn>()
  await drawn(`# Bill *of* sale\n\n1. one\n2. two\n\n${TABLE}\n\nIs $x^2$ &amp; more`, {
    drawn: words,
  })
  expect(words.current?.words).toBe(
    'Bill of sale\n\n1. one\n2. two\n\nItem\tPrice\nLamps, brass\t$1.00\n\nIs x^2 & more',
  )
})

test('a table is copied as CSV with its merged cells in their places', async () => {
  const writeText = vi.fn(async () => undefined)
  Object.defineProperty(navigator, 'clipboard', { value: { writeText }, configurable: true })
  const place = await drawn(
    '<table><tr><td rowspan="2">a</td><td colspan="2">b, "c"</td></tr><tr><td>d</td><td>$e$</td></tr></table>',
  )
  await act(async () => place.querySelector('button')!.click())
  expect(writeText).toHaveBeenCalledWith('a,"b, ""c""",\r\n,d,e\r\n')
})

test('of a table that asks for millions of cells, those that are written are copied', async () => {
  const words = createRef<Drawn>()
  const row = '<tr><td colspan="100" rowspan="100">a</td></tr>'
  await drawn(`<table>${row.repeat(300)}</table>`, { drawn: words })
  const lines = words.current!.words.split('\n')
  expect(lines).toHaveLength(300)
  expect(lines.join('').match(/a/g)).toHaveLength(300)
  expect(lines.join('').match(/\t/g)!.length).toBeLessThan(50_000)
})

test('a text that nobody could draw is shown as it was written', async () => {
  const text = `**a** ${'<div>'.repeat(3500)}`
  const place = document.body.appendChild(document.createElement('div'))
  vi.spyOn(console, 'error').mockImplementation(() => undefined)
  const shown = { text, hits: [], spots: [], chosen: null, from: null, drawn: createRef() as never }
  await act(async () =>
    createRoot(place, { onCaughtError: () => undefined }).render(
      <FluentProvider theme={webLightTheme}>
        <TextProvider>
          <PageText {...shown} provenance="model" choose={() => undefined} isRendered />
        </TextProvider>
      </FluentProvider>,
    ),
  )
  const drawn = () => place.querySelector('[data-testid=text]')!.textContent
  await vi.waitFor(() => expect(drawn()).toBe(text), 20_000)
}, 30_000)

test('only texts with marks that are worth it are drawn', () => {
  for (const text of ['# Title', 'a **b** c', '| a | b |\n|---|---|', 'H<sub>2</sub>O', 'is $x^2$'])
    expect([text, isMarkedUp(text)]).toEqual([text, true])
  for (const text of ['plain words', '#4711', 'a * b ** c', '$5 to $10', 'a < b > c', '- a\n- b'])
    expect([text, isMarkedUp(text)]).toEqual([text, false])
})

test('what is nested as nobody would print it is not drawn', () => {
  const cells = '<tr><td>a<td><b>b</b><br>'.repeat(500)
  expect(isMarkedUp(`<table>${cells}</table>`)).toBe(true)
  expect(isMarkedUp(`**a** ${'<div>'.repeat(150)}`)).toBe(false)
  expect(isMarkedUp(`**a**\n${'> '.repeat(150)}b`)).toBe(false)
  for (const mark of ['- ', '* ', '1. ', '> - '])
    expect([mark, isMarkedUp(`# a\n${mark.repeat(5000)}x`)]).toEqual([mark, false])
  expect(isMarkedUp(`**a** ${'</div>'.repeat(1000)}${'<div>'.repeat(1099)}`)).toBe(false)
  expect(isMarkedUp(`**a** ${'<div></b>'.repeat(150)}`)).toBe(false)
  for (const [items, most] of [
    ['- - x\n', false],
    ['- x\n  - y\n', false],
    ['- x\n', true],
  ] as const)
    expect([items, isMarkedUp(`# a\n${items.repeat(3000)}`)]).toEqual([items, most])
  expect(isMarkedUp(`**a**\n${'- '.repeat(60)}\n${'-'.repeat(60)} cut here`)).toBe(true)
})

test('what is shown is aligned with its source piece by piece', () => {
  expect(aligned('a*b & c', 'a\\*b &amp; c', 10)).toEqual([
    { text: 'a', start: 10, end: 11 },
    { text: '*b ', start: 12, end: 15 },
    { text: '&', start: 15, end: 20 },
    { text: ' c', start: 20, end: 22 },
  ])
  expect(aligned('a\nb', 'a\n> b', 0).map(({ text }) => text)).toEqual(['a\n', 'b'])
})

// What Lector writes of a PDF's own text (functions/render/markdown_text.py): headings and tables.
const LAID = `## Findings, quay by quay

| Quay | Lamps |
| --- | --- |
| Alder \\| Quay | 34 |

2*3*4 is 24, <b>not bold</b> &amp; costs $5, $6 a_b_c [x](y) \`z\` http://a.example ~~k~~
- 1. no list, \\* no escape
    no code
> no quote
***
Total
---`

test('of a text that a PDF carries only headings and tables are drawn, and every sign stays', async () => {
  const words = createRef<Drawn>()
  const spots = [spotOf(LAID, 'costs')]
  const place = await drawn(LAID, { provenance: 'text_layer', drawn: words, spots })
  expect(place.querySelector('h4')!.textContent).toBe('Findings, quay by quay')
  const cells = [...place.querySelectorAll('th, td')].map((cell) => cell.textContent)
  expect(cells).toEqual(['Quay', 'Lamps', 'Alder | Quay', '34'])
  expect(place.querySelector('em, strong, b, code, pre, ul, ol, blockquote, hr, del')).toBeNull()
  const lines = LAID.split('\n').slice(6)
  const shown = place.textContent!.replace(/\s+/g, ' ')
  for (const line of lines) expect(shown).toContain(line.trim())
  expect(place.querySelector('[title]:not(a)')?.textContent).toBe('costs')
})

test('a text that a PDF carries is worth being drawn if it has a heading or a table', () => {
  expect([isLaidOut(LAID), isLaidOut('# a'), isLaidOut('a **b** <b>c</b> $d$')]).toEqual([
    true,
    true,
    false,
  ])
})

/** Where the parts of Lector are drawn, and the ways between them, in units of the drawing. */

export const WIDTH = 960
export const HEIGHT = 372
export const BOX = { width: 156, height: 54 }

const COLUMNS = [16, 207, 398, 589, 780] as const
const ROWS = [20, 176, 300] as const

export interface Part {
  name: string
  x: number
  y: number
  /** Which of the three ideas happens here. */
  idea?: 1 | 2 | 3
}

const at = (name: string, column: number, row: number, idea?: 1 | 2 | 3): Part => ({
  name,
  x: COLUMNS[column]!,
  y: ROWS[row]!,
  ...(idea && { idea }),
})

export const PARTS: Part[] = [
  at('upload', 0, 0),
  at('render', 1, 0),
  at('register', 2, 0, 3),
  at('llm', 3, 0, 3),
  at('notify', 4, 0),
  at('outbox table', 0, 1, 1),
  at('postgres-source', 1, 1),
  at('outbox', 2, 1),
  at('jetstream-sink', 3, 1),
  at('jetstream-source', 4, 1, 2),
  at('LECTOR', 3, 2),
  at('LECTOR_DEAD', 4, 2),
]

const FUNCTIONS = ['upload', 'render', 'register', 'llm', 'notify']
const middle = (name: string) => COLUMNS[FUNCTIONS.indexOf(name)]! + BOX.width / 2
const below = ROWS[0] + BOX.height
const [announced, delivered, replied] = [144, 108, 126]
const into = COLUMNS[0] + BOX.width / 2
const source = COLUMNS[4] + BOX.width / 2

/** Ways by name: solid ones are of events, dashed ones of replies and of bells. */
export const WAYS: Record<string, { path: string; dashed?: boolean }> = {
  ...Object.fromEntries(
    ['upload', 'register', 'llm', 'notify'].map((name) => [
      `announce ${name}`,
      { path: `M${middle(name) + 36} ${below} V${announced} H${into} V${ROWS[1] - 4}` },
    ]),
  ),
  ...Object.fromEntries(
    ['render', 'register', 'llm', 'notify'].map((name) => [
      `deliver ${name}`,
      { path: `M${source} ${ROWS[1]} V${delivered} H${middle(name) - 36} V${below + 4}` },
    ]),
  ),
  'reply render': {
    path: `M${middle('render')} ${below} V${replied} H${source + 36} V${ROWS[1] - 4}`,
    dashed: true,
  },
  bell: { path: 'M172 203 H203', dashed: true },
  ring: { path: 'M363 203 H394', dashed: true },
  read: { path: `M${into} 230 V258 H476 V234` },
  publish: { path: 'M554 203 H585' },
  store: { path: 'M667 230 V296' },
  take: { path: 'M745 320 H764 V212 H776' },
  'store reply': { path: 'M800 230 V272 H720 V296', dashed: true },
  'give up': { path: 'M846 230 V296' },
  'take back': { path: 'M882 300 V234' },
}

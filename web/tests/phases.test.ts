import { expect, test } from 'vitest'
import { PARTS, WAYS } from '../src/events/drawing'
import { phasesOf } from '../src/events/phases'
import { MEANINGS } from '../src/text/eventWords'

const PRODUCERS = ['upload', 'register', 'llm', 'notify']

test('whatever an event lights is drawn', () => {
  const drawn = new Set(PARTS.map(({ name }) => name))
  for (const type of Object.keys(MEANINGS)) {
    for (const producer of PRODUCERS) {
      const phases = phasesOf({ type, source: `/lector/${producer}` })
      for (const { parts, ways } of phases) {
        expect(parts.filter((part) => !drawn.has(part))).toEqual([])
        expect(ways.filter((way) => !(way in WAYS))).toEqual([])
      }
    }
  }
})

test('what render makes of a file goes to register by the source; what it cannot open, as a dead letter', () => {
  const uploaded = { type: 'lector.file.uploaded', source: '/lector/upload' }
  const said = (outcome?: { type: string }) => phasesOf(uploaded, outcome).map(({ say }) => say)
  const carried = ['announce', 'relay', 'store', 'deliver']
  expect(said()).toEqual([...carried, 'reply', 'deliver'])
  expect(said({ type: 'lector.file.failed' })).toEqual([...carried, 'giveUp', 'deliver'])
})

test('an event that wakes nobody is told to those who want to know', () => {
  const read = phasesOf({ type: 'lector.page.read', source: '/lector/llm' })
  expect(read.at(-1)).toMatchObject({ say: 'observe', who: 'notify' })
})

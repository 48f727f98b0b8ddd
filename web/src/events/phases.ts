import type { CloudEvent } from '../api/live'
import { MEANINGS } from '../text/eventWords'
import { producer, type Outcome } from './way'

/** A step on the way of an event: what is lit, and what is said about it. */
export interface Phase {
  say: 'announce' | 'relay' | 'store' | 'deliver' | 'observe' | 'reply' | 'giveUp'
  /** Who does it, where that depends on the event. */
  who: string
  parts: string[]
  ways: string[]
}

/** What `render` makes of these is its answer to the source, and no row of the outbox. */
const REPLIED = ['lector.file.uploaded', 'lector.pages.requested']

/** The way of an event, step by step: into the outbox, out of it, into the stream, to whom it wakes. */
export function phasesOf(
  event: Pick<CloudEvent, 'type' | 'source'>,
  outcome?: Pick<Outcome, 'type'>,
): Phase[] {
  const from = producer(event)
  const wakes = MEANINGS[event.type]?.wakes ?? []
  const takers = wakes.length ? wakes : ['notify']
  const delivered: Phase = {
    say: wakes.length ? 'deliver' : 'observe',
    who: takers.join(', '),
    parts: ['jetstream-source', ...takers],
    ways: ['take', ...takers.map((name) => `deliver ${name}`)],
  }
  return [
    { say: 'announce', who: from, parts: [from, 'outbox table'], ways: [`announce ${from}`] },
    {
      say: 'relay',
      who: 'outbox',
      parts: ['outbox table', 'postgres-source', 'outbox'],
      ways: ['bell', 'ring', 'read'],
    },
    {
      say: 'store',
      who: 'jetstream-sink',
      parts: ['jetstream-sink', 'LECTOR'],
      ways: ['publish', 'store'],
    },
    delivered,
    ...(!REPLIED.includes(event.type)
      ? []
      : outcome?.type === 'lector.file.failed'
        ? givenUp()
        : reply()),
  ]
}

function reply(): Phase[] {
  return [
    {
      say: 'reply',
      who: 'render',
      parts: ['render', 'jetstream-source', 'LECTOR'],
      ways: ['reply render', 'store reply'],
    },
    {
      say: 'deliver',
      who: 'register',
      parts: ['jetstream-source', 'register'],
      ways: ['take', 'deliver register'],
    },
  ]
}

/** What cannot be opened is a dead letter, of which `register` hears. */
function givenUp(): Phase[] {
  return [
    {
      say: 'giveUp',
      who: 'render',
      parts: ['render', 'jetstream-source', 'LECTOR_DEAD'],
      ways: ['give up'],
    },
    {
      say: 'deliver',
      who: 'register',
      parts: ['LECTOR_DEAD', 'jetstream-source', 'register'],
      ways: ['take back', 'deliver register'],
    },
  ]
}

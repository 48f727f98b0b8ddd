import { useQueryClient, type Query, type UseQueryResult } from '@tanstack/react-query'
import { type RefObject, useEffect, useRef, useState, useSyncExternalStore } from 'react'
import { useLocation } from 'react-router'
import { ApiError, isRefusal } from '../api/client'

/** The time, once a second while something goes on; else as often as is said, or not again. */
export function useNow(goesOn: boolean, restMs?: number): number {
  const [now, setNow] = useState(Date.now)
  useEffect(() => {
    setNow(Date.now())
    const pause = goesOn ? 1000 : restMs
    if (pause === undefined) return
    const timer = setInterval(() => setNow(Date.now()), pause)
    return () => clearInterval(timer)
  }, [goesOn, restMs])
  return now
}

/** A value once it has stood still for a moment. */
export function useSettled<Value>(value: Value, milliseconds: number): Value {
  const [settled, setSettled] = useState(value)
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), milliseconds)
    return () => clearTimeout(timer)
  }, [value, milliseconds])
  return settled
}

function onNetwork(changed: () => void) {
  addEventListener('online', changed)
  addEventListener('offline', changed)
  return () => {
    removeEventListener('online', changed)
    removeEventListener('offline', changed)
  }
}

/** Whether this device has a network at all. */
export function useOnline(): boolean {
  return useSyncExternalStore(onNetwork, () => navigator.onLine)
}

/** Whether something that is waited for cannot be had just now: what it was asked of gave no answer. */
export function useCut(): boolean {
  const cache = useQueryClient().getQueryCache()
  return useSyncExternalStore(cache.subscribe, () => cache.getAll().some(isCut))
}

const isCut = (query: Query) => {
  const { data, fetchStatus, fetchFailureReason: reason } = query.state
  const isAway = reason instanceof ApiError && reason.status === 0
  // of what was given up the reason stays
  return query.isActive() && data === undefined && fetchStatus !== 'idle' && isAway
}

export type Failing = Pick<UseQueryResult, 'error' | 'isPending' | 'errorUpdateCount'>

/** What went wrong with a question. Unless it was refused, it is so until there is an answer, also
 * while it is asked again. */
export function useError({ error, isPending, errorUpdateCount }: Failing): Error | null {
  const [last, setLast] = useState(error)
  if (error && error !== last) setLast(error)
  const isAskedAgain = isPending && errorUpdateCount > 0 && !isRefusal(last)
  return error ?? (isAskedAgain ? last : null)
}

/** Have keys do what they ask for, as long as somebody listens. */
export function useKeys<Asked>(
  asked: (event: KeyboardEvent) => Asked | null,
  act: (what: Asked) => void,
  listening: boolean,
) {
  useEffect(() => {
    if (!listening) return
    const press = (event: KeyboardEvent) => {
      const what = asked(event)
      if (!what) return
      event.preventDefault()
      act(what)
    }
    addEventListener('keydown', press)
    return () => removeEventListener('keydown', press)
  })
}

/** Where the browser begins; the skip link comes first there, so the heading takes no focus. */
const FIRST = 'default'

/** The title of the browser's tab; and for a heading, the focus when its page is come to. */
export function useHeading<Element extends HTMLElement>(title: string) {
  const heading = useRef<Element>(null)
  useEffect(() => {
    document.title = `${title} · Lector`
  }, [title])
  const { key } = useLocation()
  const arrived = useRef(key)
  useEffect(() => {
    if (arrived.current !== FIRST) heading.current?.focus({ preventScroll: true })
  }, [])
  return { ref: heading, tabIndex: -1 }
}

/** So long something must be in sight: what is only scrolled past is not asked for, nor drawn. */
const PAUSE_MS = 120

/** Whether something was in sight, or nearly so, for a moment. */
export function useSeen(place: RefObject<Element | null>): boolean {
  const [seen, setSeen] = useState(false)
  useEffect(() => {
    if (seen || !place.current) return
    let timer: ReturnType<typeof setTimeout> | undefined
    const observer = new IntersectionObserver(
      (entries) => {
        clearTimeout(timer)
        if (entries.at(-1)?.isIntersecting) timer = setTimeout(() => setSeen(true), PAUSE_MS)
      },
      { rootMargin: '200px' },
    )
    observer.observe(place.current)
    return () => {
      observer.disconnect()
      clearTimeout(timer)
    }
  }, [place, seen])
  return seen
}

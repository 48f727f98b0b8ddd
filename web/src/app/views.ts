import { lazy, useEffect } from 'react'
import { matchPath } from 'react-router'

const file = () => import('../file/FilePage')
const reading = () => import('../reading/ReadingPage')
const search = () => import('../search/SearchPage')
const check = () => import('../check/CheckPage')
const events = () => import('../events/EventsPage')

export const FilePage = lazy(file)
export const ReadingPage = lazy(reading)
export const SearchPage = lazy(search)
export const CheckPage = lazy(check)
export const EventsPage = lazy(events)

/** The views that are scripts of their own; the list of files comes with the frame. */
const VIEWS = [
  { path: '/files/:id', fetch: file },
  { path: '/files/:id/pages/:number', fetch: reading },
  { path: '/search', fetch: search },
  { path: '/check/*', fetch: check },
  { path: '/events', fetch: events },
]

/** A view that is not fetched is asked for again when somebody comes to it. */
const fetchAll = (views: typeof VIEWS) => void Promise.allSettled(views.map((view) => view.fetch()))

/** Fetch the view at an address while it is still asked who is there. */
export function fetchView(pathname: string) {
  fetchAll(VIEWS.filter(({ path }) => matchPath(path, pathname)))
}

/** For so long the first view has the network and the processor for itself. */
const FIRST_VIEW_MS = 3000

/** Later all other views are fetched, so that coming to them takes no time. */
export function useViewsAhead() {
  useEffect(() => {
    const timer = setTimeout(() => fetchAll(VIEWS), FIRST_VIEW_MS)
    return () => clearTimeout(timer)
  }, [])
}

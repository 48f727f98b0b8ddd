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

const drawing = () => import('../reading/rendered/RenderedText')

/** The scripts of each view; the list of files comes with the frame. */
const VIEWS = [
  { path: '/files/:id', scripts: [file] },
  { path: '/files/:id/pages/:number', scripts: [reading, drawing] },
  { path: '/search', scripts: [search] },
  { path: '/check/*', scripts: [check, drawing] },
  { path: '/events', scripts: [events] },
]

/** What is not fetched is asked for again when somebody comes to it. */
const fetchAll = (views: typeof VIEWS) =>
  void Promise.allSettled(views.flatMap(({ scripts }) => scripts.map((fetch) => fetch())))

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
